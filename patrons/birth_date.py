"""Birth dates as Japanese records hold them: `YYYYMMDD`, unknown parts as zeros (`19500000`)."""

import re
from typing import NamedTuple

NOTHING_KNOWN = "00000000"
UNKNOWN = "不明"


class BirthDateParts(NamedTuple):
    """Year, month and day; None where the record does not know."""

    year: int | None
    month: int | None
    day: int | None


def split(birth_date: str) -> BirthDateParts:
    """Return the parts of a birth date; all None where it is not eight digits."""
    if not re.fullmatch("[0-9]{8}", birth_date):
        return BirthDateParts(None, None, None)
    year, month, day = birth_date[:4], birth_date[4:6], birth_date[6:]
    return BirthDateParts(int(year) or None, int(month) or None, int(day) or None)


def is_complete(birth_date: str) -> bool:
    """Tell whether year, month and day are all known."""
    return None not in split(birth_date)


def display(birth_date: str) -> str:
    """Return a birth date as the manual's confirm page shows it: 2013/7/20, unknown parts 不明."""
    parts = split(birth_date)
    if parts == (None, None, None):
        return UNKNOWN
    return "/".join(UNKNOWN if part is None else str(part) for part in parts)
