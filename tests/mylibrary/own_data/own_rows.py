"""Rows that a patron has in My Library beside the record itself."""

from django.utils import timezone

from accounts.models import Passkey
from branches.models import Branch
from catalog.models import Record
from circulation.models import (
    HistoryChoice,
    Hold,
    LibraryRequest,
    Loan,
    PatronStanding,
    ReadingHistory,
)
from mylibrary.alerts.models import Alert, Arrival
from mylibrary.bookshelf.models import Shelf, ShelfEntry
from mylibrary.calendar.models import CalendarFeed
from mylibrary.holding.models import BasketEntry, PickupChoice
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import PrivacyNoticeShown
from mylibrary.patron_card.device import LASTS
from mylibrary.patron_card.models import DeviceCard
from mylibrary.profile.models import EmailConfirmation
from mylibrary.requests.models import PurchaseSuggestion, WantedTitle
from mylibrary.reset.models import ResetRequest, ResetStop
from notices.models import MailPreference, NoticeChoice
from patrons.models import Patron
from tests.catalog.shelves import a_record

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
    wanted = WantedTitle.objects.create(title="月光の図書館", title_key="月光ノ図書館", wanted_by=1)
    PurchaseSuggestion.objects.create(
        patron=patron, wanted=wanted, title=wanted.title, remark="青い表紙の版"
    )
    ResetStop.objects.create(patron=patron)
    PrivacyNoticeShown.objects.create(patron=patron, version="2026-11")
    MailPreference.objects.create(patron=patron, kind="kana_decided", wanted=False)
    book = Record.objects.create(control_number="own-1", title="坊っちゃん")
    alert = Alert.objects.create(patron=patron, name="猫の本", query="q=%E7%8C%AB&branch=main")
    Arrival.objects.create(alert=alert, record=book)
    Loan.objects.create(patron=patron, record=book, item_number="own-1", due="2026-12-14")
    Hold.objects.create(patron=patron, record=book)
    HistoryChoice.objects.create(patron=patron)
    ReadingHistory.objects.create(
        patron=patron, record=book, lent_on="2026-11-01", returned_on="2026-11-10"
    )
    NoticeChoice.objects.create(patron=patron, titles_in_mails=True, days_before_due=5)
    PatronStanding.objects.create(patron=patron, standing="active")
    LibraryRequest.objects.create(patron=patron, act="renew", item_number="1001")
    Passkey.objects.create(
        user=patron.user,
        name="iPhone",
        credential_id=b"id",
        public_key=b"key",
        backup_eligible=True,
        backed_up=True,
    )
    shelf = Shelf.objects.create(patron=patron, name="夏休みに読む")
    ShelfEntry.objects.create(shelf=shelf, record=a_record(), position=1, note="孫に読む")
    BasketEntry.objects.create(patron=patron, record=book)
    PickupChoice.objects.create(patron=patron, branch=Branch.objects.all()[0])
    DeviceCard.objects.create(
        patron=patron,
        digest="d" * 64,
        password_mark="m" * 64,
        browser="iPhone Safari",
        expires_at=timezone.now() + LASTS,
    )
    CalendarFeed.objects.create(patron=patron)
