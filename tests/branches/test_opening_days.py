"""The days on which the library is open, against the Cabinet Office's published holidays."""

from datetime import date, timedelta

import pytest

from branches.calendar import is_holiday
from branches.models import Branch, Closure
from branches.opening_days import is_open, last_opening_day_before, nth_opening_day_after
from branches.services import create_first_branches

pytestmark = pytest.mark.django_db

# Published for 2024 to 2027 (内閣府「国民の祝日について」); the rest by the law. Month and day.
HOLIDAYS = {
    2024: "0101 0108 0211 0212 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0922 0923"
    " 1014 1103 1104 1123",
    2025: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0721 0811 0915 0923 1013 1103"
    " 1123 1124",
    2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103"
    " 1123",
    2027: "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
    2028: "0101 0110 0211 0223 0320 0429 0503 0504 0505 0717 0811 0918 0922 1009 1103 1123",
    2029: "0101 0108 0211 0212 0223 0320 0429 0430 0503 0504 0505 0716 0811 0917 0923 0924 1008"
    " 1103 1123",
    2030: "0101 0114 0211 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0923 1014 1103"
    " 1104 1123",
}


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range(365 + (year % 4 == 0))]


@pytest.mark.parametrize("year", HOLIDAYS)
def test_holidays_are_those_of_the_law(year):
    found = [f"{day:%m%d}" for day in days_of(year) if is_holiday(day)]
    assert found == HOLIDAYS[year].split()


def test_a_year_is_closed_on_every_other_monday_and_over_the_new_year():
    closed = " ".join(f"{day:%m%d}" for day in days_of(2026) if not is_open(day))
    assert closed == (
        "0101 0102 0103 0104 0113 0126 0209 0224 0309 0323 0413 0427 0511 0525 0608 0622 0713 0727"
        " 0810 0824 0914 0928 1013 1026 1109 1124 1214 1228 1229 1230 1231"
    )


@pytest.mark.parametrize(
    ("monday", "tuesday_is_open"),
    [
        (date(2024, 2, 12), False),  # 振替休日, the 2nd Monday
        (date(2025, 1, 13), False),  # 成人の日
        (date(2025, 11, 24), False),  # 振替休日, the 4th
        (date(2027, 3, 22), False),  # 春分の日 was a Sunday
        (date(2026, 9, 21), True),  # a holiday, but the 3rd Monday
    ],
)
def test_a_monday_that_is_a_holiday_is_open_and_the_day_after_closed(monday, tuesday_is_open):
    assert is_open(monday)
    assert is_open(monday + timedelta(days=1)) is tuesday_is_open


@pytest.mark.parametrize(
    ("begun", "due"),
    [
        ("2026-11-30", "2026-12-03"),
        ("2026-12-12", "2026-12-16"),  # the 2nd Monday between
        ("2026-12-26", "2027-01-06"),  # 12/27 is open, then the new year
        ("2026-12-31", "2027-01-07"),
        ("2026-11-21", "2026-11-25"),  # 勤労感謝の日 on the 4th Monday: open, the Tuesday closed
    ],
)
def test_the_third_opening_day(begun, due):
    assert nth_opening_day_after(date.fromisoformat(begun), 3) == date.fromisoformat(due)


def test_the_last_opening_day():
    assert last_opening_day_before(date(2027, 1, 5)) == date(2026, 12, 27)
    assert last_opening_day_before(date(2026, 12, 3)) == date(2026, 12, 2)


def test_staffs_closures_are_no_opening_days():
    """Those of the main branch and of all count, those of another do not."""
    create_first_branches()
    main, other = Branch.objects.listed()[:2]
    thursday = date(2026, 12, 3)
    stock = {"kind": "stock_taking", "first": date(2026, 12, 4), "last": date(2026, 12, 6)}
    Closure.objects.create(branch=other, **stock)
    assert nth_opening_day_after(thursday, 1) == date(2026, 12, 4)
    Closure.objects.create(branch=main, **stock)
    assert nth_opening_day_after(thursday, 1) == date(2026, 12, 7)
    assert last_opening_day_before(date(2026, 12, 7)) == thursday
    assert not is_open(date(2026, 12, 5))
    storm = date(2026, 12, 7)
    Closure.objects.create(kind="temporary", first=storm, last=storm)
    assert nth_opening_day_after(thursday, 1) == date(2026, 12, 8)


def test_where_the_library_stays_closed_days_are_counted_as_they_come():
    create_first_branches()
    Closure.objects.create(kind="temporary", first=date(2026, 1, 1), last=date(2028, 1, 1))
    assert nth_opening_day_after(date(2026, 12, 3), 3) == date(2026, 12, 6)
    assert last_opening_day_before(date(2026, 12, 3)) == date(2026, 12, 2)


def test_without_a_branch_the_first_rule_holds():
    Branch.objects.all().delete()
    assert nth_opening_day_after(date(2026, 12, 26), 3) == date(2027, 1, 6)
    assert not is_open(date(2026, 12, 14))


def test_of_a_branch_whose_hours_are_not_known_the_rule_counts():
    Branch.objects.all().delete()
    Branch.objects.create(code="a", name="館", name_en="Branch", closed_weeks=[2, 4])
    assert is_open(date(2026, 12, 3))
    assert not is_open(date(2026, 12, 14))
