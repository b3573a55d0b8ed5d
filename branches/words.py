"""A branch's hours and closed days as people read them, in the language that is spoken."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby, islice

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from branches.calendar import ONE_DAY, Calendar, Day, Hours, Rule, Why
from branches.models import Closure, Weekday

DAYS_AHEAD = 60
WEEKS = {1: _("第1"), 2: _("第2"), 3: _("第3"), 4: _("第4"), 5: _("第5")}


def today(calendar: Calendar, day: date) -> str:
    """Return until when a branch is open today, or why it is not, and when it is again."""
    this = calendar.on(day)
    if this.hours:
        return gettext("今日の開館時間 %(hours)s") % {"hours": _hours(this.hours)}
    if not this.is_closed:
        return gettext("開館時間は、お問い合わせください。")
    said = gettext("今日は休館日です（%(why)s）。") % {"why": why(this)}
    following = islice(calendar.days_from(day + ONE_DAY), DAYS_AHEAD)
    openings = ((one.date, one.hours) for one in following if one.hours)
    if again := next(openings, None):
        opening = {"day": _day(again[0]), "hours": _hours(again[1])}
        said += gettext("次の開館日は%(day)s（%(hours)s）です。") % opening
    return said


def today_in_short(calendar: Calendar, day: date) -> str:
    """Return the hours of today, or that there are none, as one of many says it; "" if unknown."""
    this = calendar.on(day)
    if this.hours:
        return _hours(this.hours)
    return gettext("休館") if this.is_closed else ""


def why(day: Day) -> str:
    """Return why a day is closed; what staff wrote of it is Japanese in every language."""
    if day.closure:
        kind = str(Closure.Kind(day.closure.kind).label)
        return (
            gettext("%(kind)s：%(reason)s") % {"kind": kind, "reason": day.closure.reason}
            if day.closure.reason
            else kind
        )
    return gettext("年末年始") if day.why == Why.YEAR_END else gettext("定期の休館日")


def weekly(calendar: Calendar) -> tuple[str, ...]:
    """Return the hours of the days of the week, those that are the same in one line."""
    hours = dict(calendar.hours)
    if not hours:
        return ()
    by_hours: dict[Hours | None, list[int]] = {}
    for weekday in Weekday.values:
        by_hours.setdefault(hours.get(weekday), []).append(weekday)
    return tuple(
        gettext("%(days)s %(hours)s")
        % {"days": _weekdays(days), "hours": _hours(opening) if opening else gettext("休館")}
        for opening, days in by_hours.items()
    )


def yearly(rule: Rule) -> str:
    """Return when a branch is closed, year after year; "" where it never is."""
    said = []
    if rule.weeks:
        weeks = pgettext("between weeks", "・").join(str(WEEKS[week]) for week in rule.weeks)
        named = {"weeks": weeks, "weekday": Weekday(rule.weekday).label}
        said.append(gettext("%(weeks)s%(weekday)s（祝日・休日のときは、次の平日）") % named)
    if all(rule.year_end):
        first, last = (
            # A year with 29 February.
            date_format(date.fromisoformat(f"2024-{day}"), gettext("n月j日"))
            for day in rule.year_end
        )
        said.append(gettext("%(first)sから%(last)sまで") % {"first": first, "last": last})
    return pgettext("between closing rules", "、").join(said)


def closed_ahead(calendar: Calendar, day: date) -> tuple[str, ...]:
    """Return the closed days from a day to the end of the next month, those in a row together."""
    month_after_next = (day.replace(day=1) + 62 * ONE_DAY).replace(day=1)
    return closed_days(calendar, day, (month_after_next - day).days)


def closed_days(calendar: Calendar, day: date, count: int) -> tuple[str, ...]:
    """Return the closed days among so many; what begins among them is told to its end."""
    return tuple(_run(first, last) for first, last in _runs(calendar, day, count))


def _runs(calendar: Calendar, day: date, count: int) -> Iterator[tuple[Day, Day]]:
    """Yield the first and the last of days in a row that are closed for one reason."""
    looked_at = islice(calendar.days_from(day), count + DAYS_AHEAD)
    for reason, days in groupby(looked_at, lambda one: one.is_closed and (one.why, one.closure)):
        if not reason:
            continue
        run = list(days)
        if (run[0].date - day).days >= count:
            return
        yield run[0], run[-1]


def _run(first: Day, last: Day) -> str:
    days = _day(first.date)
    if last != first:
        days = gettext("%(first)sから%(last)sまで") % {"first": days, "last": _day(last.date)}
    if first.why in (Why.WEEKDAY, Why.NO_HOURS):
        return days
    return gettext("%(days)s（%(why)s）") % {"days": days, "why": why(first)}


def _weekdays(days: Iterable[int]) -> str:
    days = list(days)
    if len(days) == len(Weekday):
        return gettext("毎日")
    said = []
    for _offset, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0]):
        names = [str(WEEKDAYS_ABBR[day]) for _, day in run]
        said.append(
            "–".join([names[0], names[-1]]) if len(names) > 2 else gettext("・").join(names)
        )
    return gettext("・").join(said)


def _day(day: date) -> str:
    return date_format(day, gettext("n月j日（D）"))


def _hours(hours: Hours) -> str:
    return f"{hours.opens.hour}:{hours.opens:%M}–{hours.closes.hour}:{hours.closes:%M}"
