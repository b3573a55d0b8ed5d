from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from announcements.models import Announcement
from audit.enums import Event, NotableReason
from audit.services import record
from branches.models import Branch, Closure
from circulation.local.holding import place_hold
from circulation.local.lending import lend
from circulation.models import Hold, LendingPolicy, Snapshot
from mylibrary.own_data.services import ask_for_erasure
from news.models import News, Recommendation
from notices.enums import NoticeKind
from notices.services import send
from patrons.models import Patron, PatronExport, PossibleDouble
from tests.accounts.conftest import staff  # noqa: F401
from tests.catalog.shelves import a_record
from tests.made_once import made_once
from tests.mylibrary.own_data.own_rows import one_of_each
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.review.reviews import case_for, first_taro
from tests.staff.pages import staff_with

PASSWORD = "mizuumi-icho-42"


@pytest.fixture
def viewer(db) -> Client:
    """The browser of a member of staff who may view everything, and only view."""
    return staff_with()


def at_the_counter(patron: Patron) -> None:
    """Let something be overdue, something leave the hold shelf, and something be fetched for it."""
    # Not at the first, which a test deletes.
    branch, long_ago = Branch.objects.order_by("pk")[1], timezone.now() - timedelta(days=30)
    here = branch.code
    held, lent = a_record("坊っちゃん", at=[here, here]), a_record(at=[here])
    lend(patron=patron, item_number=lent.items.get().number, branch=branch, now=long_ago)
    ended = {"state": "expired", "item_number": held.items.all()[0].number, "shelf_number": 1}
    Hold.objects.create(record=held, pickup=branch, **ended)
    place_hold(patron=patron, record=held, pickup=branch)
    LendingPolicy.objects.get_or_create(pk=1)


@pytest.fixture
def rows(db) -> None:
    """At least one row on every page of the admin."""
    made_once(a_row_on_every_page)


def a_row_on_every_page() -> None:
    User.objects.create_user("colleague", PASSWORD, is_staff=True)
    Group.objects.bulk_create([Group(name="夜間"), Group(name="分館")])
    Group.objects.get(name="夜間").permissions.add(Permission.objects.get(codename="view_patron"))
    patron = first_taro()
    set_own_password(patron=patron, password=PASSWORD)
    patron.refresh_from_db()
    one_of_each(patron)
    ask_for_erasure(patron=patron)
    case_for()
    send(
        patron=patron,
        kind=NoticeKind.SECURITY,
        subject="件名",
        body="本文",
        recipient=patron.email,
    )
    # Behind the others in the list, whose first row the tests open.
    other = imported_patron(registered_at=timezone.now() - timedelta(days=1))
    PossibleDouble.objects.create(first=patron, second=other, strength="hint", fields=["kana"])
    now = timezone.now()
    Announcement.objects.create(kind="registration_stop", ends_at=now + timedelta(hours=1))
    # Two of what can be deleted: a test may delete one.
    for code in ("chief", "colleague"):
        branch = Branch.objects.create(code=code, name="分館", name_en="Branch")
        Closure.objects.create(branch=branch, kind="temporary", first=now, last=now)
    for title in ("秋の展示", "冬の展示"):
        News.objects.create(title=title, text="2階です。", begins_at=now)
        Recommendation.objects.create(title=title, text="2階です。", begins_at=now)
    at_the_counter(other)
    record(Event.NOTABLE_OPENED, patron_id=other.pk, reason=NotableReason.WITHHELD)
    Snapshot.objects.create(name="snapshot-1.json", digest="a", sequence=1, as_of=now)
    PatronExport.objects.create(
        started_at=now,
        finished_at=now,
        file_name="patrons.csv",
        encoding="cp932",
        patrons=1,
        marked=1,
        reported=0,
    )
