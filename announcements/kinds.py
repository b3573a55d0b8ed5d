"""What staff can announce. A further kind is a further entry: its words, its places, what it stops.

`{period}` becomes 「12月1日（火）9時から17時まで」, or 「12月1日（火）17時まで」 once it has begun.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

WEEKDAYS = "月火水木金土日"


class Place(StrEnum):
    """Where residents see an announcement."""

    HOME = "home"
    REGISTRATION = "registration"
    CARD = "card"  # beside every button of the My Number Card
    MYLIBRARY = "mylibrary"


class Begun(StrEnum):
    """What nobody can begin meanwhile; what is under way goes on."""

    REGISTRATION = "registration"
    IDENTIFICATION = "identification"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of announcement; `sentence` is said where staff write none of their own."""

    label: str
    ahead: str
    now: str
    sentence: str
    places: frozenset[Place]
    stops: frozenset[Begun] = frozenset()


KINDS = {
    "registration_stop": Kind(
        label="利用者登録の受付停止",
        ahead="{period}、インターネットでの利用者登録を休止します",
        now="{period}、インターネットでの利用者登録を休止しています",
        sentence="システムの点検のためです。休止の前に始めた手続きは、続けて登録できます。",
        places=frozenset({Place.HOME, Place.REGISTRATION}),
        stops=frozenset({Begun.REGISTRATION}),
    ),
    "agency_maintenance": Kind(
        label="デジタル庁のサービスの点検",
        ahead="{period}、デジタル庁のサービスの点検のため、本人確認ができません",
        now="{period}、デジタル庁のサービスの点検のため、本人確認ができません",
        sentence="マイナンバーカードを使う利用者登録とログインは、点検のあとでお試しください。",
        places=frozenset({Place.HOME, Place.REGISTRATION, Place.CARD}),
        stops=frozenset({Begun.REGISTRATION, Begun.IDENTIFICATION}),
    ),
    "library_maintenance": Kind(
        label="図書館システムの点検",
        ahead="{period}、図書館システムの点検を行います",
        now="{period}、図書館システムの点検を行っています",
        sentence="点検のあいだは、Myライブラリの内容が最新でないことがあります。",
        places=frozenset({Place.HOME, Place.MYLIBRARY}),
    ),
}


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
