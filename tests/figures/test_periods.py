"""Periods are read from an address, whatever stands there."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import ages, charts
from figures.periods import BadPeriod, Period, read

TODAY = date(2027, 2, 10)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({}, "2027-02-01", "2027-02-10"),
        ({"period": "nonsense"}, "2027-02-01", "2027-02-10"),
        ({"period": "last-month"}, "2027-01-01", "2027-01-31"),
        ({"period": "year"}, "2026-04-01", "2027-02-10"),
        ({"period": "last-year"}, "2025-04-01", "2026-03-31"),
        ({"from": "2026-12-24", "to": "2030-01-01"}, "2026-12-24", "2027-02-10"),
    ],
)
def test_an_address_says_which_period(asked, first, last):
    period = read(asked, TODAY)
    assert (period.first, period.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-04-31", "2026-05-01", "読み取れません"),
        ("2026-04-01", "", "読み取れません"),
        ("2026-05-01", "2026-04-01", "終了日が開始日より前"),
        ("2027-02-11", "2027-03-01", "まだ来ていません"),
        ("1999-01-01", "2027-01-01", "10年以内"),
    ],
)
def test_what_is_no_period_is_told(first, last, said):
    with pytest.raises(BadPeriod, match=said):
        read({"from": first, "to": last}, TODAY)


@given(st.text(), st.text(), st.text())
def test_nothing_that_is_typed_breaks_it(name, first, last):
    with suppress(BadPeriod):
        assert read({"period": name, "from": first, "to": last}, TODAY).last <= TODAY


def test_only_whole_months_that_were_counted_are_told_apart():
    period = Period(date(2026, 3, 15), date(2026, 6, 30))
    months = [date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]
    assert period.whole_months(date(2026, 7, 1)) == months
    assert period.whole_months(date(2026, 5, 1)) == months[:2]
    assert Period(date(2026, 4, 1), date(2026, 6, 29)).whole_months(months[2]) == months[:2]
    assert period.whole_months(None) == []


@pytest.mark.parametrize(
    ("birth_date", "band"),
    [
        # In the sixth year of primary school in the fiscal year 2026, the last one born.
        ("20140402", "小学生"),
        ("20150401", "小学生"),
        ("20140401", "中学生"),
        ("20200402", "就学前"),
        ("20200401", "小学生"),
        ("19500000", "70代"),
        ("00000000", "不明"),
        ("18990101", "80歳以上"),
    ],
)
def test_an_age_is_that_of_the_school_year(birth_date, band):
    found = ages.band(birth_date[:4], is_early=birth_date[4:] <= "0401", fiscal_year=2026)
    assert ages.LABELS[found] == band


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=70))
def test_bars_stand_on_each_other_within_the_chart(pairs):
    chart = charts.stacked(["x"] * len(pairs), [[a for a, _ in pairs], [b for _, b in pairs]])
    assert len(chart.bars) == sum(bool(number) for pair in pairs for number in pair)
    for bar in chart.bars:
        assert charts.TOP - 0.1 <= bar.y <= bar.y + bar.height <= chart.height - charts.BOTTOM + 0.1
        assert charts.LEFT <= bar.x <= bar.x + bar.width <= charts.WIDTH
    assert 2 <= len(chart.up) <= 6
    assert len(chart.across) <= charts.MOST_LABELS


@given(st.lists(st.integers(0, 10**6), min_size=5, max_size=5))
def test_a_funnel_stays_within_the_chart(numbers):
    numbers.sort(reverse=True)
    for bar in charts.funnel("abcde", numbers).bars:
        assert bar.x + bar.width <= charts.WIDTH - charts.FUNNEL_RIGHT + 0.1
