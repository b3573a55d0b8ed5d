"""When a branch is open: the rule of the year, and what is said beyond it.

Closed on the 2nd and 4th Monday of a month (where that is a holiday, on the next day that is
neither a holiday nor of a weekend) and at the turn of the year. Holidays are the law's
(国民の祝日に関する法律), by jpholiday.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import NamedTuple

import jpholiday

ONE_DAY = timedelta(days=1)


class Why(StrEnum):
    """Why a day is closed by the rule."""

    WEEKDAY = "weekday"
    YEAR_END = "year_end"
    CLOSURE = "closure"
    NO_HOURS = "no_hours"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Closed on the `weeks`-th `weekday` (0 is Monday) and from `year_end`'s first to its last."""

    weekday: int = 0
    weeks: tuple[int, ...] = ()
    year_end: tuple[str, str] = ("", "")


class Hours(NamedTuple):
    opens: time
    closes: time


class Day(NamedTuple):
    """One day of a branch: its hours, or why it is closed."""

    date: date
    hours: Hours | None
    why: Why | None = None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.hours is not None


class Closed(NamedTuple):
    """Days from `first` to `last` that are closed beyond the rule, and why."""

    first: date
    last: date
    reason: str


def closed_by(rule: Rule, day: date) -> Why | None:
    """Return why the rule closes a day; None where it does not."""
    if _at_year_end(rule, day):
        return Why.YEAR_END
    return Why.WEEKDAY if _is_regular(rule, day) else None


def day_of(
    day: date, rule: Rule, hours: Mapping[int, Hours], closures: Collection[Closed] = ()
) -> Day:
    """Return what a day is like: closures go before the rule, the rule before the hours."""
    for closure in closures:
        if closure.first <= day <= closure.last:
            return Day(day, None, Why.CLOSURE, closure.reason)
    if why := closed_by(rule, day):
        return Day(day, None, why)
    opening = hours.get(day.weekday())
    return Day(day, opening, None if opening else Why.NO_HOURS)


def days_from(
    day: date, rule: Rule, hours: Mapping[int, Hours], closures: Collection[Closed] = ()
) -> Iterator[Day]:
    """Yield a day and those that follow it, without end."""
    while True:
        yield day_of(day, rule, hours, closures)
        day += ONE_DAY


def _at_year_end(rule: Rule, day: date) -> bool:
    first, last = rule.year_end
    if not (first and last):
        return False
    this = f"{day:%m-%d}"
    return first <= this <= last if first <= last else this >= first or this <= last


def _is_regular(rule: Rule, day: date) -> bool:
    """Whether the rule's weekday falls on a day, or moved there from a holiday before it."""
    if _is_nth(rule, day):
        return not jpholiday.is_holiday(day)
    if not _is_working(day):
        return False
    before = day - ONE_DAY
    while not _is_working(before):
        if _is_nth(rule, before) and jpholiday.is_holiday(before):
            return True
        before -= ONE_DAY
    return False


def _is_nth(rule: Rule, day: date) -> bool:
    return day.weekday() == rule.weekday and (day.day + 6) // 7 in rule.weeks


def _is_working(day: date) -> bool:
    return day.weekday() < 5 and not jpholiday.is_holiday(day)
