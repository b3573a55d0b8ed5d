"""Rows that a patron has in My Library beside the record itself."""

from django.utils import timezone

from accounts.models import Passkey
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import PrivacyNoticeShown
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest, ResetStop
from notices.models import MailPreference
from patrons.models import Patron

NEW_EMAIL = "moved-here@example.jp"


def one_of_each(patron: Patron) -> None:
    """Give a patron with a login one row of every kind that My Library keeps."""
    EmailConfirmation.objects.create(patron=patron, email=NEW_EMAIL)
    ResetRequest.objects.create(patron=patron, answered_at=timezone.now())
    ResetRequest.objects.create(number=patron.number, email_key=patron.email_key)
    KanaRequest.objects.create(
        patron=patron,
        last_name_before=patron.last_name_kana,
        first_name_before=patron.first_name_kana,
        last_name_kana="オオイダ",
        first_name_kana="タロオ",
    )
    ResetStop.objects.create(patron=patron)
    PrivacyNoticeShown.objects.create(patron=patron, version="2026-11")
    MailPreference.objects.create(patron=patron, kind="kana_decided", wanted=False)
    Passkey.objects.create(
        user=patron.user,
        name="iPhone",
        credential_id=b"id",
        public_key=b"key",
        backup_eligible=True,
        backed_up=True,
    )
