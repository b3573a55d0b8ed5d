"""ベスト貸出 and ベスト予約: made every night of what was counted, and known to the home page.

A work is in none whose loans or holds are fewer than FEWEST: few could be told from each other.
Where nothing is counted, as behind a library system that tells of some loans only, there is none.
"""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Sum

from catalog.models import Record
from catalog.records.availability import in_order
from characters.text import StrOrPromise
from circulation.models import DayCount, RankedRecord
from outages.known import Known

# The days before today that count.
DAYS = 30
FEWEST = 5
PLACES = 30


def rank_and_forget(*, today: date) -> int:
    """Make the rankings anew, delete the counts they no longer need; return how many places."""
    first = today - timedelta(days=DAYS)
    with transaction.atomic():
        RankedRecord.objects.all().delete()
        ranked = [
            RankedRecord(kind=kind, place=place, record_id=record_id)
            for kind in RankedRecord.Kind
            for place, record_id in _ranked(kind.value, first, today)
        ]
        RankedRecord.objects.bulk_create(ranked)
        DayCount.objects.filter(day__lt=first).delete()
    return len(ranked)


def _ranked(kind: str, first: date, today: date) -> list[tuple[int, int]]:
    """Return place and record of the most frequent; equal counts share a place."""
    counted = DayCount.objects.filter(day__gte=first, day__lt=today, record__deleted_at=None)
    sums = counted.values("record").annotate(total=Sum(kind)).filter(total__gte=FEWEST)
    rows = list(sums.order_by("-total", "record").values_list("total", "record")[: PLACES + 1])
    # Not one of several that are equal.
    last = rows.pop()[0] if len(rows) > PLACES else 0
    totals = [total for total, _ in rows]
    return [(totals.index(total) + 1, record) for total, record in rows if total != last]


def shown() -> list[tuple[RankedRecord.Kind, list[tuple[int, int]]]]:
    """Return the rankings there are: kind, and place and record of each."""
    rows: dict[str, list[tuple[int, int]]] = {}
    places = RankedRecord.objects.filter(record__deleted_at=None)
    for kind, place, record_id in places.values_list("kind", "place", "record_id"):
        rows.setdefault(kind, []).append((place, record_id))
    return [(kind, rows[kind]) for kind in RankedRecord.Kind if kind in rows]


def _ask() -> tuple[tuple[str, StrOrPromise], ...]:
    there = set(RankedRecord.objects.values_list("kind", flat=True).distinct().order_by())
    return tuple((kind.value, kind.label) for kind in RankedRecord.Kind if kind in there)


RANKINGS: Known[tuple[tuple[str, StrOrPromise], ...]] = Known("rankings", _ask, ())
known = RANKINGS.now


def records_of(places: list[tuple[int, int]]) -> list[Record]:
    """Return records in the order of their places, each with its `place` and `available`."""
    found = in_order([record_id for _, record_id in places])
    place_of = {record_id: place for place, record_id in places}
    for record in found:
        record.place = place_of[record.pk]  # type: ignore[attr-defined]
    return found
