"""When the branches are open, known to every page without asking the database for it.

What is today is the clock's matter, not the database's.
"""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from branches import words
from branches.calendar import ONE_DAY, Calendar
from branches.days import with_calendars
from branches.models import Branch
from outages.known import Known

# Yesterday's are still known where a day has just begun; the last day of the next month, and the
# closures that a resident reads of then, are no further than this.
DAYS_BEHIND, DAYS_AHEAD = 1, 130


class Place(NamedTuple):
    """A branch as a page shows it; `name` and `address` as staff wrote them, "" where unknown."""

    code: str
    name: str
    name_en: str
    postal_code: str
    address: str
    phone: str
    calendar: Calendar


class Shown(NamedTuple):
    """A branch and its days in the words of the page: today, of every week and year, ahead."""

    place: Place
    name: str
    postal_code: str
    today: str
    today_in_short: str
    weekly: tuple[str, ...]
    yearly: str
    closed: tuple[str, ...]


def _ask() -> tuple[Place, ...]:
    day = timezone.localdate()
    found = with_calendars(
        Branch.objects.listed().with_hours(),
        day - DAYS_BEHIND * ONE_DAY,
        day + DAYS_AHEAD * ONE_DAY,
    )
    return tuple(
        Place(
            branch.code,
            branch.name,
            branch.name_en,
            branch.postal_code,
            branch.address,
            branch.phone,
            calendar,
        )
        for branch, calendar in found
    )


PLACES: Known[tuple[Place, ...]] = Known("branches", _ask, ())
read = PLACES.read


def shown() -> tuple[Shown, ...]:
    """Return every listed branch as it is to be read now; () where none is known."""
    return _shown(PLACES.now(), timezone.localdate(), get_language() or settings.LANGUAGE_CODE)


def others() -> tuple[Shown, ...]:
    """Return the branches beside the first of which it is known whether they are open today."""
    return tuple(branch for branch in shown()[1:] if branch.today_in_short)


# Said once for a day, a language and what staff keep: with fourteen branches, it takes a while.
@lru_cache(maxsize=8)
def _shown(places: tuple[Place, ...], day: date, language: str) -> tuple[Shown, ...]:
    is_japanese = language == settings.LANGUAGE_CODE
    return tuple(
        Shown(
            place,
            place.name if is_japanese else place.name_en,
            f"〒{place.postal_code[:3]}-{place.postal_code[3:]}"  # not shown
            if place.postal_code
            else "",
            words.today(place.calendar, day),
            words.today_in_short(place.calendar, day),
            words.weekly(place.calendar),
            words.yearly(place.calendar.rule),
            words.closed_ahead(place.calendar, day),
        )
        for place in places
    )
