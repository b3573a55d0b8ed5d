"""The days on which the library is open, until a calendar of the branches says so.

Closed are the 2nd and 4th Monday of a month (where that is a holiday, the next weekday instead) and
28 December to 4 January. Holidays are computed by the law (国民の祝日に関する法律), as it stands
since 2022; the equinoxes by the formula that fits the observatory's announcements of 1980 to 2099.
"""

from datetime import date, timedelta
from functools import cache
from itertools import count, islice

_DAY = timedelta(days=1)
_MONDAY = 0
_CLOSED_MONDAYS = (2, 4)
# Month and day.
_FIXED = (
    *((1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5)),
    *((8, 11), (11, 3), (11, 23)),
)
# Month, and which of its Mondays: 成人の日, 海の日, 敬老の日, スポーツの日.
_MONDAYS = ((1, 2), (7, 3), (9, 3), (10, 2))
_YEAR_OF_EQUINOX = 0.242194


def is_open(day: date) -> bool:
    """Return whether the library is open on a day."""
    if (day.month, day.day) >= (12, 28) or (day.month, day.day) <= (1, 4):
        return False
    if day.weekday() == _MONDAY:
        return not (_is_closed_monday(day) and not is_holiday(day))
    return not _closes_instead(day)


def nth_opening_day_after(day: date, n: int) -> date:
    """Return the n-th day, from 1, on which the library is open after a day."""
    opening_days = filter(is_open, (day + number * _DAY for number in count(1)))
    return next(islice(opening_days, n - 1, None))


def last_opening_day_before(day: date) -> date:
    """Return the last day on which the library was open before a day."""
    before = day - _DAY
    while not is_open(before):
        before -= _DAY
    return before


def is_holiday(day: date) -> bool:
    """Return whether a day is a holiday (祝日, 振替休日, 国民の休日), from 2022 to 2099."""
    return day in _holidays(day.year)


def _is_closed_monday(day: date) -> bool:
    return day.weekday() == _MONDAY and (day.day - 1) // 7 + 1 in _CLOSED_MONDAYS


def _closes_instead(day: date) -> bool:
    """Return whether a closing Monday before the day was a holiday, and this is what follows it."""
    if is_holiday(day) or day.weekday() > 4:
        return False
    before = day - _DAY
    while is_holiday(before) and before.weekday() != _MONDAY:
        before -= _DAY
    return _is_closed_monday(before) and is_holiday(before)


@cache
def _holidays(year: int) -> frozenset[date]:
    named = {date(year, month, day) for month, day in _FIXED}
    named |= {_nth_monday(year, month, n) for month, n in _MONDAYS}
    named |= {date(year, 3, _equinox(year, 20.8431)), date(year, 9, _equinox(year, 23.2488))}
    # 振替休日: the next day that is none, after a holiday on a Sunday.
    instead = set()
    for holiday in named:
        if holiday.weekday() == 6:
            following = holiday + _DAY
            while following in named:
                following += _DAY
            instead.add(following)
    # 国民の休日: a day between two holidays.
    between = {day + _DAY for day in named if day + 2 * _DAY in named} - named
    return frozenset(named | instead | between)


def _nth_monday(year: int, month: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_MONDAY - first.weekday()) % 7 + 7 * (n - 1))


def _equinox(year: int, in_1980: float) -> int:
    years = year - 1980
    return int(in_1980 + _YEAR_OF_EQUINOX * years) - years // 4
