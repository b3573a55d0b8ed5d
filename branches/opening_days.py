"""The days on which the library is open: those of its main branch, as staff keep them.

Where no branch is known, the rule with which a new database begins holds.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from branches.calendar import ONE_DAY, Calendar, Day
from branches.days import with_calendars
from branches.models import Branch
from branches.services import first_rule

# Beyond, as during a year's rebuilding, nothing is promised by opening days.
FURTHEST_DAYS = 60


def is_open(day: date) -> bool:
    """Return whether the library is open on a day."""
    return not _calendar(day, day).on(day).is_closed


def closed_days(first: date, count: int) -> frozenset[date]:
    """Return on which of a day and so many after it the library is closed."""
    days = [first + number * ONE_DAY for number in range(count + 1)]
    calendar = _calendar(first, days[-1])
    return frozenset(day for day in days if calendar.on(day).is_closed)


def nth_opening_day_after(day: date, n: int) -> date:
    """Return the n-th day, from 1, on which the library is open after a day.

    The n-th day of all where it is open on fewer of the next FURTHEST_DAYS.
    """
    calendar = _calendar(day, day + FURTHEST_DAYS * ONE_DAY)
    days = islice(calendar.days_from(day + ONE_DAY), FURTHEST_DAYS)
    return _nth(days, n) or day + n * ONE_DAY


def last_opening_day_before(day: date) -> date:
    """Return the last day on which the library was open before a day.

    The day before where it was open on none of FURTHEST_DAYS.
    """
    calendar = _calendar(day - FURTHEST_DAYS * ONE_DAY, day)
    days = (calendar.on(day - number * ONE_DAY) for number in range(1, FURTHEST_DAYS + 1))
    return _nth(days, 1) or day - ONE_DAY


def _nth(days: Iterator[Day], n: int) -> date | None:
    return next(islice((one.date for one in days if not one.is_closed), n - 1, None), None)


def _calendar(first: date, last: date) -> Calendar:
    main = Branch.objects.listed().with_hours()[:1]
    for _, calendar in with_calendars(main, first, last):
        return calendar
    return Calendar(first_rule())
