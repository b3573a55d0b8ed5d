"""The daily run: what arrived since the last one, against all alerts; then one message a patron.

A record may be there before its items: an alert that is limited to branches is told of it when the
first item comes to one of them.

Each part is a transaction of its own that locks the row of `CatalogueRead`: killed anywhere, and
begun again, nothing is lost and nothing told twice; two runs at once wait for each other.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from catalog.importing.publishing import settled_at
from catalog.models import Item
from catalog.search import arriving
from catalog.search.arriving import Place
from mylibrary.alerts.models import (
    MOST_WAITING,
    Alert,
    Arrival,
    CatalogueRead,
    criteria_of,
)
from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send
from notices.texts import message
from patrons.models import Patron

# What the first run looks back on.
FIRST_RUN = timedelta(days=1)
PATRONS_AT_ONCE = 100
# As many titles as a message tells; the page of SDI has the others.
MOST_TOLD = 50
MAIL = "mylibrary/alerts/mails/arrived.txt"
# What a patron who is erasing just now holds is passed by: nobody is told of it.
_KEEP = """
INSERT INTO mylibrary_arrival (alert_id, record_id, found_at)
SELECT alert.id, found.record_id, now() FROM (
    SELECT id, query FROM mylibrary_alert WHERE id = ANY(%s) ORDER BY id
    FOR KEY SHARE SKIP LOCKED
) alert JOIN found ON found.search = alert.query
ON CONFLICT DO NOTHING
"""


class ImportEnding(Exception):
    """An import is about to commit records that would be missed now."""


def look_for_arrivals() -> int:
    """Keep what arrived for each alert since the last time; return how many records were read.

    Raises ImportEnding; safe to run again at any time.
    """
    until, last_item = _settled()
    count = 0
    while read := _look_at_some(until):
        count += read
    while _look_at_some_items(last_item):
        pass
    return count


def tell_of_arrivals() -> int:
    """Tell every patron for whom something arrived, once a day; return how many were told."""
    waiting = list(Arrival.objects.untold().patron_ids())
    parts = range(0, len(waiting), PATRONS_AT_ONCE)
    return sum(_tell_some(waiting[begin : begin + PATRONS_AT_ONCE]) for begin in parts)


@transaction.atomic
def _settled() -> tuple[datetime, int]:
    """Return up to when records, and up to which one items, have been committed."""
    # Held no longer than for this look: an import waits for it.
    until = settled_at()
    if until is None:
        raise ImportEnding
    last_item = Item.objects.aggregate(last=Max("pk", default=0))["last"]
    beginning = {"added_at": until - FIRST_RUN, "item_id": last_item}
    CatalogueRead.objects.get_or_create(pk=1, defaults=beginning)
    return until, last_item


@transaction.atomic
def _look_at_some(until: datetime) -> int:
    done = _locked()
    with connection.cursor() as cursor:
        last = arriving.take(cursor, Place(done.added_at, done.record_id), until)
        if last is None:
            # Whatever comes is dated later.
            if done.added_at < until:
                done.added_at, done.record_id = until, 0
                done.save()
            return 0
        _keep_what_arrived(cursor)
        cursor.execute("SELECT count(*) FROM arrived")
        (count,) = cursor.fetchone()
    done.added_at, done.record_id = last
    done.save()
    return count


@transaction.atomic
def _look_at_some_items(until: int) -> bool:
    done = _locked()
    with connection.cursor() as cursor:
        last = arriving.take_items(cursor, done.item_id, until)
        if last is None:
            return False
        _keep_what_arrived(cursor, items_after=done.item_id)
    done.item_id = last
    done.save()
    return True


def _keep_what_arrived(cursor: CursorWrapper, items_after: int | None = None) -> None:
    alerts = dict(Alert.objects.with_room().values_list("pk", "query"))
    searches = [(query, criteria_of(query)) for query in sorted(set(alerts.values()))]
    wanted = [
        (query, criteria)
        for query, criteria in searches
        if criteria.branches or (items_after is None and not criteria.is_empty)
    ]
    arriving.match(wanted, MOST_WAITING, items_after)
    cursor.execute(_KEEP, [list(alerts)])


@transaction.atomic
def _tell_some(patron_ids: list[int]) -> int:
    _locked()
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    told = Notice.objects.filter(
        patron=OuterRef("pk"), kind=NoticeKind.ALERT, created_at__gte=today
    )
    waiting = Patron.objects.active().filter(~Exists(told), pk__in=patron_ids).order_by("pk")
    # Who is being erased, or changes something, is told the next time.
    return sum(map(_tell, waiting.select_for_update(skip_locked=True, of=("self",))))


def _tell(patron: Patron) -> bool:
    # By their keys: nobody has counted what has just been stored, for a plan of anything else.
    alerts = list(patron.alerts.active().values_list("pk", flat=True))
    waiting = Arrival.objects.untold().filter(alert__in=alerts)
    arrivals = list(waiting.shown())
    waiting.update(told_at=timezone.now())
    # A record that arrived for several alerts is told once.
    by_record = {one.record_id: one.pk for one in arrivals}
    if not by_record:
        return False
    about = list(by_record.values())[:MOST_TOLD]
    is_cut = max(Counter(one.alert_id for one in arrivals).values()) >= MOST_WAITING
    counted = {"count": len(by_record), "listed": len(about), "more": is_cut}
    send(
        patron=patron,
        kind=NoticeKind.ALERT,
        recipient=patron.email,
        about=about,
        **message(MAIL, patron.language, **counted)._asdict(),
    )
    return True


def _locked() -> CatalogueRead:
    return CatalogueRead.objects.select_for_update().get()
