"""The period that is looked at: read from an address, in days and whole months.

A fiscal year (年度) begins in April: so the statistics of libraries are asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
# As far back as anybody asks, and as many bars as can be told apart.
MOST_YEARS = 10
MOST_DAYS_IN_A_CHART = 62
PRESETS = {
    "month": "今月",
    "last-month": "先月",
    "year": "今年度",
    "last-year": "昨年度",
}
UNREADABLE = "日付を読み取れません。開始日と終了日を、2026-04-01のように入力してください。"
BACKWARDS = "終了日が開始日より前です。日付を入れ替えてください。"
TOO_LONG = f"期間が長すぎます。{MOST_YEARS}年以内にしてください。"
NOT_YET = "開始日がまだ来ていません。今日までの日付を入力してください。"


class BadPeriod(ValueError):
    """No period can be made of what was typed; its text says what to do."""


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included; `preset` is its name, "" for typed dates."""

    first: date
    last: date
    preset: str = ""

    @property
    def is_by_day(self) -> bool:
        return (self.last - self.first).days < MOST_DAYS_IN_A_CHART

    @property
    def days(self) -> list[date]:
        return [self.first + n * DAY for n in range((self.last - self.first).days + 1)]

    @property
    def touched_months(self) -> list[date]:
        """The first days of the months that any day of it is in."""
        return list(months(self.first, self.last))

    def whole_months(self, counted: date | None) -> list[date]:
        """The first days of the months that lie in it, up to the last one that was counted."""
        return [
            month
            for month in self.touched_months
            if counted and self.first <= month <= counted and end_of_month(month) <= self.last
        ]


def months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = end_of_month(month) + DAY


def end_of_month(day: date) -> date:
    return (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY


def fiscal_year(day: date) -> int:
    """Return the year in which the fiscal year of a day began."""
    return day.year if day.month >= 4 else day.year - 1


def preset(name: str, today: date) -> Period:
    match name:
        case "last-month":
            last = today.replace(day=1) - DAY
            return Period(last.replace(day=1), last, name)
        case "year":
            return Period(date(fiscal_year(today), 4, 1), today, name)
        case "last-year":
            year = fiscal_year(today)
            return Period(date(year - 1, 4, 1), date(year, 3, 31), name)
    return Period(today.replace(day=1), today, "month")


def read(asked: Mapping[str, str], today: date) -> Period:
    """Return the period an address asks for, this month where it asks for none.

    What reaches into the future ends today. Raises BadPeriod.
    """
    typed = [asked.get(name, "").strip() for name in ("from", "to")]
    if not any(typed):
        return preset(asked.get("period", ""), today)
    try:
        first, last = (date.fromisoformat(text) for text in typed)
    except ValueError:
        raise BadPeriod(UNREADABLE) from None
    if last < first:
        raise BadPeriod(BACKWARDS)
    if first > today:
        raise BadPeriod(NOT_YET)
    last = min(last, today)
    if last.year - first.year > MOST_YEARS:
        raise BadPeriod(TOO_LONG)
    return Period(first, last)
