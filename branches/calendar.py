"""When a branch is open: the rule of the year, and what is said beyond it.

Closed on the rule's weekdays (where that is a holiday, on the next day that is neither a holiday
nor of a weekend) and at the turn of the year. Holidays are the law's (国民の祝日に関する法律), by
jpholiday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import count
from typing import NamedTuple

import jpholiday

ONE_DAY = timedelta(days=1)


class Why(StrEnum):
    """Why a day is closed, or that nobody knows its hours."""

    WEEKDAY = "weekday"
    YEAR_END = "year_end"
    CLOSURE = "closure"
    NO_HOURS = "no_hours"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Closed on the `weeks`-th `weekday` (0 is Monday) and from `year_end`'s first to its last."""

    weekday: int = 0
    weeks: tuple[int, ...] = ()
    year_end: tuple[str, str] = ("", "")


class Hours(NamedTuple):
    opens: time
    closes: time


class Closed(NamedTuple):
    """Days from `first` to `last` that are closed beyond the rule: of what kind, and why."""

    first: date
    last: date
    kind: str
    reason: str = ""


class Day(NamedTuple):
    """One day of a branch: its hours, or why it has none."""

    date: date
    hours: Hours | None
    why: Why | None = None
    closure: Closed | None = None

    @property
    def is_closed(self) -> bool:
        """Whether it is known to be closed."""
        return self.why not in (None, Why.UNKNOWN)


@dataclass(frozen=True)
class Calendar:
    """A branch's days: `hours` by weekday (0 is Monday), empty where they are not known.

    Closures go before the rule, the rule before the hours.
    """

    rule: Rule = Rule()
    hours: tuple[tuple[int, Hours], ...] = ()
    closures: tuple[Closed, ...] = ()

    def on(self, day: date) -> Day:
        """Return what a day is like."""
        for closure in self.closures:
            if closure.first <= day <= closure.last:
                return Day(day, None, Why.CLOSURE, closure)
        if why := closed_by(self.rule, day):
            return Day(day, None, why)
        if not self.hours:
            return Day(day, None, Why.UNKNOWN)
        hours = dict(self.hours).get(day.weekday())
        return Day(day, hours, None if hours else Why.NO_HOURS)

    def days_from(self, day: date) -> Iterator[Day]:
        """Yield a day and those that follow it, without end."""
        return (self.on(day + number * ONE_DAY) for number in count())


def closed_by(rule: Rule, day: date) -> Why | None:
    """Return why the rule closes a day; None where it does not."""
    if _at_year_end(rule, day):
        return Why.YEAR_END
    return Why.WEEKDAY if _is_regular(rule, day) else None


@lru_cache(maxsize=4096)
def is_holiday(day: date) -> bool:
    """Return whether a day is a holiday (祝日, 振替休日, 国民の休日)."""
    return jpholiday.is_holiday(day)


def _at_year_end(rule: Rule, day: date) -> bool:
    first, last = rule.year_end
    if not (first and last):
        return False
    this = f"{day:%m-%d}"
    return first <= this <= last if first <= last else this >= first or this <= last


def _is_regular(rule: Rule, day: date) -> bool:
    """Whether the rule's weekday falls on a day, or moved there from a holiday before it."""
    if _is_nth(rule, day):
        return not is_holiday(day)
    if not _is_working(day):
        return False
    before = day - ONE_DAY
    while not _is_working(before):
        if _is_nth(rule, before) and is_holiday(before):
            return True
        before -= ONE_DAY
    return False


def _is_nth(rule: Rule, day: date) -> bool:
    return day.weekday() == rule.weekday and (day.day + 6) // 7 in rule.weeks


def _is_working(day: date) -> bool:
    return day.weekday() < 5 and not is_holiday(day)
