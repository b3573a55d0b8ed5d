"""What the patrons' rows tell: who registered when and how, and who is registered."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from django.db.models import BooleanField, Count, DateField, ExpressionWrapper, Min, QuerySet, Value
from django.db.models.functions import Substr, TruncDate, TruncMonth
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from figures import ages
from figures.models import Dimension
from figures.periods import DAY, end_of_month, fiscal_year, months
from patrons.models import Patron, RegisteredVia
from patrons.residency import ELIGIBLE_MUNICIPALITIES

# A day or month, a value, and how many.
Row = tuple[date, str, int]
OTHER = "other"
MUNICIPALITIES = {code: name for name, code in ELIGIBLE_MUNICIPALITIES.items()} | {
    OTHER: "その他・不明"
}
BIRTH = {
    "birth_year": Substr("birth_date", 1, 4),
    "is_early": ExpressionWrapper(
        LessThanOrEqual(Substr("birth_date", 5, 4), Value(ages.NEW_SCHOOL_YEAR)),
        output_field=BooleanField(),
    ),
}


def beginning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def first_day() -> date | None:
    """Return the day of the first registration there is."""
    first = Patron.objects.aggregate(first=Min("registered_at"))["first"]
    return timezone.localdate(first) if first else None


def registered(first: date, last: date) -> QuerySet:
    """Return who registered on the days from first to last.

    Who was imported on the first day on which anybody was had registered long before: those are
    taken over, not registered.
    """
    found = Patron.objects.registered_between(beginning(first), beginning(last + DAY))
    imported = Patron.objects.filter(registered_via=RegisteredVia.IMPORT)
    taken_over = imported.aggregate(first=Min("registered_at"))["first"]
    if taken_over is None:
        return found
    over = beginning(timezone.localdate(taken_over) + DAY)
    return found.exclude(registered_via=RegisteredVia.IMPORT, registered_at__lt=over)


def routes(first: date, last: date) -> Iterator[Row]:
    """Yield for each day how many registered online, at the counter and by an import."""
    rows = registered(first, last).annotate(day=TruncDate("registered_at"))
    found = {
        (row["day"], row["registered_via"]): row["sum"]
        for row in rows.values("day", "registered_via").annotate(sum=Count("pk")).order_by()
    }
    for number in range((last - first).days + 1):
        day = first + number * DAY
        for route in RegisteredVia.values:
            yield day, route, found.get((day, route), 0)


def of_months(first: date, last: date) -> dict[Dimension, Iterator[Row]]:
    """Return who registered in whole months, from a first day to a last one."""
    rows = registered(first, last).annotate(
        month=TruncMonth("registered_at", output_field=DateField())
    )
    return _told_apart(rows, list(months(first, last)), Dimension.MUNICIPALITY, Dimension.AGE)


def held(month: date) -> dict[Dimension, Iterator[Row]]:
    """Return who was registered at the end of a month, given by its first day."""
    rows = Patron.objects.registered_at_moment(beginning(end_of_month(month) + DAY))
    dated = rows.annotate(month=Value(month, output_field=DateField()))
    return _told_apart(dated, [month], Dimension.HELD_MUNICIPALITY, Dimension.HELD_AGE)


def _told_apart(
    rows: QuerySet, every: list[date], by_town: Dimension, by_age: Dimension
) -> dict[Dimension, Iterator[Row]]:
    towns: Counter[tuple[date, str]] = Counter()
    for row in rows.values("month", "municipality_code").annotate(sum=Count("pk")).order_by():
        code = row["municipality_code"]
        towns[row["month"], code if code in MUNICIPALITIES else OTHER] += row["sum"]
    born: Counter[tuple[date, str]] = Counter()
    by_birth = rows.annotate(**BIRTH).values("month", "birth_year", "is_early")
    for row in by_birth.annotate(sum=Count("pk")).order_by():
        year = fiscal_year(row["month"])
        age = ages.band(row["birth_year"], is_early=row["is_early"], fiscal_year=year)
        born[row["month"], age] += row["sum"]
    return {
        by_town: _filled(every, MUNICIPALITIES, towns),
        by_age: _filled(every, ages.LABELS, born),
    }


def _filled(
    every: list[date], values: Iterable[str], found: Counter[tuple[date, str]]
) -> Iterator[Row]:
    """Yield a row for each value of each month: what nobody is in is a zero, not unknown."""
    return ((month, value, found[month, value]) for month in every for value in values)
