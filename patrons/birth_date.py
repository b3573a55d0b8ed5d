"""Birth dates as Japanese records hold them: `YYYYMMDD`, unknown parts as zeros (`19500000`)."""

import re
from itertools import product
from typing import NamedTuple

NOTHING_KNOWN = "00000000"
UNKNOWN = "不明"
_COMPLETE = re.compile("(?!0000)[0-9]{4}(?!00)[0-9]{2}(?!00)[0-9]{2}")


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


def pattern(birth_date: str) -> str:
    """Return a regular expression for the birth dates that may be the same as this one."""
    parts = zip(split(birth_date), (4, 2, 2), strict=True)
    ways = (
        "." * length if part is None else f"({part:0{length}}|{'0' * length})"
        for part, length in parts
    )
    return f"^{''.join(ways)}$"


def display(birth_date: str) -> str:
    """Return a birth date as the manual's confirm page shows it: 2013/7/20, unknown parts 不明."""
    parts = split(birth_date)
    if parts == (None, None, None):
        return UNKNOWN
    return "/".join(UNKNOWN if part is None else str(part) for part in parts)
