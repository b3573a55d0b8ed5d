"""What stands in a patron's calendar: days and numbers, titles only by choice."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext, ngettext

from circulation.port import Account, Document, Status
from mylibrary.calendar.ics import Event
from mylibrary.calendar.models import CalendarFeed


def events_of(account: Account, feed: CalendarFeed) -> Iterator[Event]:
    """Yield one event for each due date, and for each last day and branch of holds."""
    due = [(loan.due, loan) for loan in account.loans if loan.due]
    for day, loans in _by(due):
        form = ngettext("図書館の返却期限（%s冊）", "図書館の返却期限（%s冊）", len(loans))
        uid = f"due-{day:%Y%m%d}"
        yield _event(feed, uid, day, form % len(loans), loans)
    ready = [
        ((hold.keep_until, hold.pickup.pk if hold.pickup else 0), hold)
        for hold in account.holds
        if hold.status == Status.PROVIDED and hold.keep_until
    ]
    for (day, branch_id), holds in _by(ready):
        form = ngettext(
            "予約資料の取り置き期限（%s冊）", "予約資料の取り置き期限（%s冊）", len(holds)
        )
        pickup = holds[0].pickup
        uid = f"hold-{day:%Y%m%d}-{branch_id}"
        event = _event(feed, uid, day, form % len(holds), holds)
        yield event._replace(location=pickup.shown_name if pickup else "")


def name() -> str:
    """Return what calendars call it."""
    return gettext("図書館（%s）") % gettext(settings.LIBRARY_NAME)


def _event(feed: CalendarFeed, uid: str, day: date, summary: str, rows: list[Document]) -> Event:
    titles = "\n".join(row.title for row in rows) if feed.has_titles else ""
    # The same event in another patron's calendar is another one.
    return Event(f"{uid}@{feed.name.hex}", day, summary, titles)


def _by(found: list) -> Iterator[tuple]:
    """Yield keys with the rows of each, in order."""
    found.sort(key=lambda one: (one[0], one[1].pk))
    for key, rows in groupby(found, key=lambda one: one[0]):
        yield key, [row for _, row in rows]
