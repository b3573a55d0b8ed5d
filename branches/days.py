"""The calendars of branches, read from what staff keep."""

from collections.abc import Iterable
from datetime import date

from branches.calendar import Calendar, Closed, Hours
from branches.models import Branch, Closure


def with_calendars(
    branches: Iterable[Branch], first: date, last: date
) -> list[tuple[Branch, Calendar]]:
    """Return branches, read with their hours, each with its calendar from `first` to `last`."""
    closures = list(Closure.objects.touching(first, last))
    return [(branch, _calendar(branch, closures)) for branch in branches]


def _calendar(branch: Branch, closures: list[Closure]) -> Calendar:
    hours = tuple((one.weekday, Hours(one.opens, one.closes)) for one in branch.hours.all())
    closed = tuple(
        Closed(one.first, one.last, one.kind, one.reason)
        for one in closures
        if one.branch_id in (branch.pk, None)
    )
    return Calendar(branch.rule, hours, closed)
