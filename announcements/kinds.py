"""What staff can announce. A further kind is a further entry: its words, its places, what it stops.

`{period}` becomes 「12月1日（火）9時から17時まで」, or 「12月1日（火）17時まで」 once it has begun.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from characters.text import StrOrPromise


class Place(StrEnum):
    """Where residents see an announcement."""

    HOME = "home"
    REGISTRATION = "registration"
    CARD = "card"  # beside every button of the My Number Card
    MYLIBRARY = "mylibrary"
    EVERYWHERE = "everywhere"  # at the top of every page for residents


class Begun(StrEnum):
    """What nobody can begin meanwhile; what is under way goes on."""

    REGISTRATION = "registration"
    IDENTIFICATION = "identification"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of announcement; `sentence` is said where staff write none of their own.

    Without it, staff have to.
    """

    label: StrOrPromise
    ahead: StrOrPromise
    now: StrOrPromise
    sentence: StrOrPromise
    places: frozenset[Place]
    stops: frozenset[Begun] = frozenset()

    @property
    def template(self) -> str:
        """How its banners are drawn."""
        name = "emergency" if Place.EVERYWHERE in self.places else "banners"
        return f"announcements/{name}.html"


KINDS = {
    "emergency": Kind(
        label=_("緊急のお知らせ（台風など）"),
        ahead=_("緊急のお知らせ：{period}"),
        now=_("緊急のお知らせ：{period}"),
        sentence="",
        places=frozenset({Place.EVERYWHERE}),
    ),
    "registration_stop": Kind(
        label=_("利用者登録の受付停止"),
        ahead=_("{period}、インターネットでの利用者登録を休止します"),
        now=_("{period}、インターネットでの利用者登録を休止しています"),
        sentence=_("システムの点検のためです。休止の前に始めた手続きは、続けて登録できます。"),
        places=frozenset({Place.HOME, Place.REGISTRATION}),
        stops=frozenset({Begun.REGISTRATION}),
    ),
    "agency_maintenance": Kind(
        label=_("デジタル庁のサービスの点検"),
        ahead=_("{period}、デジタル庁のサービスの点検のため、本人確認ができません"),
        now=_("{period}、デジタル庁のサービスの点検のため、本人確認ができません"),
        sentence=_("マイナンバーカードを使う利用者登録とログインは、点検のあとでお試しください。"),
        places=frozenset({Place.HOME, Place.REGISTRATION, Place.CARD}),
        stops=frozenset({Begun.REGISTRATION, Begun.IDENTIFICATION}),
    ),
    "library_maintenance": Kind(
        label=_("図書館システムの点検"),
        ahead=_("{period}、図書館システムの点検を行います"),
        now=_("{period}、図書館システムの点検を行っています"),
        sentence=_("点検のあいだは、Myライブラリの内容が最新でないことがあります。"),
        places=frozenset({Place.HOME, Place.MYLIBRARY}),
    ),
}


def period(begins_at: datetime, ends_at: datetime, now: datetime) -> str:
    """Return 「12月1日（火）9時から17時30分まで」, without its beginning once that is past."""
    begins, ends, today = map(timezone.localtime, (begins_at, ends_at, now))
    if begins_at <= now:
        return gettext("%(end)sまで") % {"end": _moment(ends, today)}
    end = _time(ends) if begins.date() == ends.date() else _moment(ends, begins)
    return gettext("%(begin)sから%(end)sまで") % {"begin": _moment(begins, today), "end": end}


def _moment(moment: datetime, before: datetime) -> str:
    same_year = moment.year == before.year
    day = date_format(moment, gettext("n月j日（D）") if same_year else gettext("Y年n月j日（D）"))
    return gettext("%(day)s%(time)s") % {"day": day, "time": _time(moment)}


def _time(moment: datetime) -> str:
    return date_format(moment, gettext("G時i分") if moment.minute else gettext("G時"))
