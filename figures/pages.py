"""What the statistics on the first page show: counted days from the table, the last ones live."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from figures import applications, charts, periods, registrations
from figures.applications import ENDS, MOST_MINUTES, STEPS, median_minutes
from figures.models import OF_MONTHS, Count, Dimension
from figures.periods import DAY, BadPeriod, Period
from figures.tables import LABELS, ROUTES, Table, tables
from patrons.models import RegisteredVia

PERMISSION = "figures.view_statistics"
# Today, and what the worker may not have counted yet.
MOST_LIVE_DAYS = 3
OF_APPLICATIONS = (Dimension.STEP, Dimension.END, Dimension.MINUTES)
TITLES = {
    Dimension.MUNICIPALITY: "新規登録（市町別）",
    Dimension.AGE: "新規登録（年齢別）",
    Dimension.HELD_MUNICIPALITY: "月末の登録者数（市町別）",
    Dimension.HELD_AGE: "月末の登録者数（年齢別）",
}
# Besides those of months: by month as well, from the days.
DOWNLOADS = {
    Dimension.ROUTE: "新規登録（登録の方法別）",
    **TITLES,
    Dimension.STEP: "オンライン登録の手続き（段階別）",
    Dimension.END: "オンライン登録の手続き（登録に至らなかった理由別）",
}


def statistics(asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page shows of the period that an address asks for."""
    today = timezone.localdate()
    error = ""
    try:
        period = periods.read(asked, today)
    except BadPeriod as bad:
        period, error = periods.preset("", today), str(bad)
    counted = Count.objects.last_day()
    live = _live_days(period, counted, today)
    month = Count.objects.last_month()
    whole = period.whole_months(month)
    months = whole or ([month] if month else [])
    return {
        "period": period,
        "presets": periods.PRESETS,
        "error": error,
        "typed": {
            "from": asked.get("from", "") or period.first.isoformat(),
            "to": asked.get("to", "") or period.last.isoformat(),
        },
        "today": today,
        "behind": _behind(counted, today),
        "downloads": DOWNLOADS if whole else {},
        "span": urlencode({"from": period.first.isoformat(), "to": period.last.isoformat()}),
        "months": [
            (TITLES[table.dimension], table) for table in tables(OF_MONTHS, months) if table.rows
        ],
        "is_other_month": bool(months) and not whole,
        **_registrations(period, live),
        **_applications(period, live),
    }


def download(dimension: str, asked: Mapping[str, str]) -> tuple[str, Table]:
    """Return the name of a file and what is in it. Raises KeyError, BadPeriod."""
    chosen = {str(each): each for each in DOWNLOADS}[dimension]
    period = periods.read(asked, timezone.localdate())
    whole = period.whole_months(Count.objects.last_month())
    span = f"{period.first:%Y%m}-{period.last:%Y%m}"
    return f"statistics-{chosen.value}-{span}.csv", tables([chosen], whole)[0]


def _live_days(period: Period, counted: date | None, today: date) -> tuple[date, date] | None:
    """Return the first and last day of the period that are to be counted now."""
    first = max(period.first, today - (MOST_LIVE_DAYS - 1) * DAY)
    if counted:
        first = max(first, counted + DAY)
    return (first, period.last) if first <= period.last else None


def _behind(counted: date | None, today: date) -> str:
    """Return what is said where days were not counted, which otherwise look like zeros."""
    if counted and (today - counted).days <= MOST_LIVE_DAYS:
        return ""
    until = f"{counted.year}年{counted.month}月{counted.day}日までと、" if counted else ""
    live = f"最近{MOST_LIVE_DAYS}日の分だけを表示しています。"
    return f"夜間の集計がまだ終わっていないため、{until}{live}"


def _registrations(period: Period, live: tuple[date, date] | None) -> dict[str, Any]:
    counts = Count.objects.of(Dimension.ROUTE, period.first, period.last)
    if period.is_by_day:
        stored = counts.values_list("day", "value", "number")
        places = period.days
    else:
        by_month = counts.annotate(month=TruncMonth("day")).values_list("month", "value")
        stored = by_month.annotate(sum=Sum("number")).order_by()
        places = period.touched_months
    found: Counter[tuple[date, str]] = Counter()
    for day, value, number in stored:
        found[day, value] += number
    for day, value, number in registrations.routes(*live) if live else ():
        found[day if period.is_by_day else day.replace(day=1), value] += number
    rows = [(day, [found[day, route] for route in ROUTES]) for day in places]
    sums = [sum(numbers) for numbers in zip(*(cells for _, cells in rows), strict=True)]
    pattern = "{0.month}/{0.day}" if period.is_by_day else "{0.year}/{0.month}"
    online = [found[day, RegisteredVia.ONLINE] for day in places]
    others = [sum(cells) - mine for (_, cells), mine in zip(rows, online, strict=True)]
    return {
        "routes": list(ROUTES.values()),
        "rows": [(day, sum(cells), cells) for day, cells in rows],
        "sums": sums,
        "total": sum(sums),
        "online": sum(online),
        "others": sum(others),
        "bars": charts.stacked([pattern.format(day) for day in places], [online, others]),
    }


def _applications(period: Period, live: tuple[date, date] | None) -> dict[str, Any]:
    counts = Count.objects.filter(
        dimension__in=OF_APPLICATIONS, day__range=(period.first, period.last)
    )
    found: Counter[tuple[str, str]] = Counter()
    sums = counts.values_list("dimension", "value").annotate(sum=Sum("number")).order_by()
    for dimension, value, number in sums:
        found[dimension, value] += number
    for dimension, rows in applications.of_days(*live).items() if live else ():
        for _, value, number in rows:
            found[dimension, value] += number
    steps = [found[Dimension.STEP, step] for step in STEPS]
    labels = [str(label) for label in LABELS[Dimension.STEP].values()]
    ends = [(label, found[Dimension.END, end]) for end, label in ENDS.items()]
    minutes = {
        int(value): number
        for (dimension, value), number in found.items()
        if dimension == Dimension.MINUTES
    }
    return {
        "steps": [
            (label, number, _share(number, steps[0]), _share(number, before))
            for label, number, before in zip(labels, steps, [steps[0], *steps], strict=False)
        ],
        "ends": [(label, number) for label, number in ends if number],
        "median": _in_words(median_minutes(minutes)),
        "funnel": charts.funnel(labels, steps),
    }


def _in_words(minutes: int | None) -> str:
    if minutes is None:
        return "—"
    if minutes == MOST_MINUTES:
        return f"{MOST_MINUTES}分以上"
    return f"{minutes}分" if minutes else "1分未満"


def _share(number: int, of: int) -> str:
    return f"{number / of:.0%}" if of else "—"
