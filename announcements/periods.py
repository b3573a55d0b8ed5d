"""A period of time in the words of a notice board."""

from datetime import datetime

from django.utils import timezone

WEEKDAYS = "月火水木金土日"


def period(begins_at: datetime, ends_at: datetime, now: datetime) -> str:
    """Return 「12月1日（火）9時から17時30分まで」, without its beginning once that is past."""
    begins, ends, today = map(timezone.localtime, (begins_at, ends_at, now))
    if begins_at <= now:
        return f"{_moment(ends, today)}まで"
    until = _time(ends) if begins.date() == ends.date() else _moment(ends, begins)
    return f"{_moment(begins, today)}から{until}まで"


def _moment(moment: datetime, before: datetime) -> str:
    year = "" if moment.year == before.year else f"{moment.year}年"
    weekday = WEEKDAYS[moment.weekday()]
    return f"{year}{moment.month}月{moment.day}日（{weekday}）{_time(moment)}"


def _time(moment: datetime) -> str:
    return f"{moment.hour}時{moment.minute}分" if moment.minute else f"{moment.hour}時"
