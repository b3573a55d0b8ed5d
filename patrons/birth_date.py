"""Birth dates as Japanese records hold them: `YYYYMMDD`, unknown parts as zeros (`19500000`)."""

import re
from datetime import date
from itertools import product
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from characters.text import is_one_slip

NOTHING_KNOWN = "00000000"
_COMPLETE = re.compile("(?!0000)[0-9]{4}(?!00)[0-9]{2}(?!00)[0-9]{2}")
_PLAUSIBLE = re.compile("(?:1[89]|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")


class BirthDateParts(NamedTuple):
    """Year, month and day; None where the record does not know."""

    year: int | None
    month: int | None
    day: int | None


def split(birth_date: str) -> BirthDateParts:
    """Return the parts of a birth date; all None where it is not eight digits."""
    if not re.fullmatch("[0-9]{8}", birth_date):
        return BirthDateParts(None, None, None)
    parts = (birth_date[:4], birth_date[4:6], birth_date[6:])
    return BirthDateParts(*(int(part) or None for part in parts))


def is_complete(birth_date: str) -> bool:
    return _COMPLETE.fullmatch(birth_date) is not None


def may_be_same(one: str, other: str) -> bool:
    """Compare two birth dates in the parts that both of them know."""
    return all(
        first == second or first is None or second is None
        for first, second in zip(split(one), split(other), strict=True)
    )


def records_of(birth_date: str) -> list[str]:
    """Return every record that a complete birth date may have: with each part known or not."""
    parts = (birth_date[:4], birth_date[4:6], birth_date[6:])
    return ["".join(record) for record in product(*((part, "0" * len(part)) for part in parts))]


def near(birth_date: str) -> list[str]:
    """Return what a complete birth date becomes by one slip.

    One digit wrong, two neighbouring digits swapped, or month and day swapped. Only dates that
    somebody could be born on.
    """
    found = {birth_date[:4] + birth_date[6:] + birth_date[4:6]}
    for place, digit in enumerate(birth_date):
        before, after = birth_date[:place], birth_date[place + 1 :]
        found.update(before + wrong + after for wrong in "0123456789")
        found.add(before + after[:1] + digit + after[1:])
    return sorted(one for one in found - {birth_date} if _PLAUSIBLE.fullmatch(one))


def is_near(one: str, other: str) -> bool:
    """Return whether two complete birth dates are one slip of typing apart, as `near` says."""
    return is_one_slip(one, other) or one == other[:4] + other[6:] + other[4:6] != other


def pattern(birth_date: str) -> str:
    """Return a regular expression for the birth dates that may be the same as this one."""
    parts = zip(split(birth_date), (4, 2, 2), strict=True)
    ways = (
        "." * length if part is None else f"({part:0{length}}|{'0' * length})"
        for part, length in parts
    )
    return f"^{''.join(ways)}$"


def display(birth_date: str) -> str:
    """Return a birth date as the manual's confirm page shows it: 2013/7/20.

    What a record does not know is said in words: 1950年（月日不詳）.
    """
    return _said(birth_date, gettext("%(year)s/%(month)s/%(day)s"))


def display_on_form(birth_date: str) -> str:
    """Return a birth date as the manual's form shows it (step 6): 2013 年 7月 20日."""
    return _said(birth_date, gettext("%(year)s 年 %(month)s月 %(day)s日"))


def _said(birth_date: str, complete: str) -> str:
    parts = split(birth_date)
    if parts.year and parts.month and parts.day:
        said = complete
    elif parts.year and parts.month:
        said = gettext("%(year)s年%(month)s月（日不詳）")
    elif parts.year:
        said = gettext("%(year)s年（月日不詳）")
    else:
        said = gettext("不詳")
    return said % (parts._asdict() | {"month": _month(parts.month)})


def _month(month: int | None) -> int | str:
    """Return a month as the language has it in a birth date: 7, July."""
    if month is None or month > 12:
        return month or ""
    return date_format(date(2000, month, 1), pgettext("month of a birth date", "n"))
