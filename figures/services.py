"""Counting days and months that are over, from rows that still exist.

Nothing is written when somebody registers. What is counted survives the erasure of the rows; after
a restore the days since the backup are counted from what there is.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from figures import applications, registrations
from figures.models import Count, Dimension
from figures.periods import DAY, end_of_month, months
from figures.registrations import Row

# What an import has begun before midnight is stored hours later: a day is counted again, and a
# month waits. A month is counted once: of who is erased after that the age is not known any more.
AGAIN = timedelta(days=2)
# So long an application may be in review and then wait for its applicant (REVIEW_RETENTION_DAYS,
# REVIEW_LINK_DAYS); its rows are kept far longer.
APPLICATIONS_AGAIN = timedelta(days=45)
ROWS_AT_ONCE = 5000


@transaction.atomic
def count_until(*, last: date | None = None) -> date | None:
    """Count every day up to the last one (yesterday), and every month that was over before it.

    Returns the last counted day, None where there is nothing yet. Safe to run again at any time.
    """
    last = last or timezone.localdate() - DAY
    counted = Count.objects.last_day()
    first_registration, first_application = registrations.first_day(), applications.first_day()
    first = min((day for day in (first_registration, first_application) if day), default=None)
    if first is None or first > last:
        return counted
    since = max(first, counted - AGAIN) if counted else first
    _store({Dimension.ROUTE: registrations.routes(since, last)}, since, last)
    if first_application:
        begun = since - APPLICATIONS_AGAIN if counted else first_application
        _store(applications.of_days(begun, last), begun, last)
    _count_months(first, last)
    return last


def _count_months(first: date, last: date) -> None:
    counted = Count.objects.last_month()
    since = end_of_month(counted) + DAY if counted else first
    over = [month for month in months(since, last) if end_of_month(month) + AGAIN <= last]
    if not over:
        return
    through = end_of_month(over[-1])
    _store(registrations.of_months(over[0], through), over[0], through)
    # Of long ago it is not known any more who was registered then.
    for month in over if counted else over[-1:]:
        _store(registrations.held(month), month, end_of_month(month))


def _store(counts: Mapping[Dimension, Iterable[Row]], first: date, last: date) -> None:
    """Put counts in place of those of the same dimensions and days."""
    Count.objects.filter(dimension__in=counts, day__range=(first, last)).delete()
    Count.objects.bulk_create(
        (
            Count(day=day, dimension=dimension, value=value, number=number)
            for dimension, rows in counts.items()
            for day, value, number in rows
        ),
        batch_size=ROWS_AT_ONCE,
    )
