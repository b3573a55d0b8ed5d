"""What patrons were shown of the purpose of use before they gave something in My Library."""

from mylibrary.own_data.models import PrivacyNoticeShown
from patrons.models import Patron


def record_notice_shown(*, patron: Patron, version: str) -> None:
    """Keep which version was shown, in the caller's transaction; the first time of each stays.

    Nothing is kept where no version is known.
    """
    if not version:
        return
    PrivacyNoticeShown.objects.bulk_create(
        [PrivacyNoticeShown(patron=patron, version=version)], ignore_conflicts=True
    )
