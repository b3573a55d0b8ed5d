"""When a branch is open."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branches.calendar import Calendar, Closed, Hours, Rule, Why, closed_by

OITA = Rule(weekday=0, weeks=(2, 4), year_end=("12-28", "01-04"))
DAILY = tuple((weekday, Hours(time(9), time(21))) for weekday in range(7))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 11, 9), Why.WEEKDAY),
        (date(2026, 11, 2), None),
        (date(2026, 11, 16), None),
        # 勤労感謝の日 on the fourth Monday: the Tuesday after it.
        (date(2026, 11, 23), None),
        (date(2026, 11, 24), Why.WEEKDAY),
        # 成人の日 is the second Monday of January every year.
        (date(2027, 1, 11), None),
        (date(2027, 1, 12), Why.WEEKDAY),
        # 敬老の日 and 秋分の日 with a day between that the law makes a holiday, in the third week.
        (date(2026, 9, 21), None),
        (date(2026, 9, 24), None),
        (date(2026, 9, 28), Why.WEEKDAY),
        # 山の日 on a Sunday, made up for on the second Monday of August.
        (date(2024, 8, 12), None),
        (date(2024, 8, 13), Why.WEEKDAY),
        (date(2026, 12, 27), None),
        (date(2026, 12, 28), Why.YEAR_END),
        (date(2027, 1, 1), Why.YEAR_END),
        (date(2027, 1, 4), Why.YEAR_END),
        (date(2027, 1, 5), None),
    ],
)
def test_the_rule_of_the_year(day, why):
    assert closed_by(OITA, day) == why


def test_a_closure_goes_before_everything_and_says_why():
    closure = Closed(date(2027, 2, 1), date(2027, 2, 8), "stock_taking")
    calendar = Calendar(OITA, DAILY, (closure,))
    day = calendar.on(date(2027, 2, 8))
    assert (day.is_closed, day.why, day.closure) == (True, Why.CLOSURE, closure)
    assert calendar.on(date(2027, 2, 9)).hours == Hours(time(9), time(21))


def test_a_weekday_without_hours_is_closed():
    saturdays = Calendar(OITA, ((5, Hours(time(10), time(12))),))
    assert saturdays.on(date(2027, 2, 3)).why == Why.NO_HOURS
    assert saturdays.on(date(2027, 2, 3)).is_closed
    assert not saturdays.on(date(2027, 2, 6)).is_closed


def test_where_no_hours_are_known_no_day_is_said_to_be_open_or_closed_but_by_the_rule():
    unknown = Calendar(OITA)
    assert unknown.on(date(2027, 2, 3)) == (date(2027, 2, 3), None, Why.UNKNOWN, None)
    assert not unknown.on(date(2027, 2, 3)).is_closed
    assert unknown.on(date(2027, 2, 8)).is_closed


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_two_days_a_month_are_closed_by_weekday_whatever_the_holidays(day):
    days = [day.replace(day=1).toordinal() + offset for offset in range(31)]
    month = [one for one in map(date.fromordinal, days) if one.month == day.month]
    closed = [one for one in month if closed_by(Rule(weeks=(2, 4)), one)]
    assert len(closed) == 2
    assert all(one.weekday() < 5 for one in closed)
