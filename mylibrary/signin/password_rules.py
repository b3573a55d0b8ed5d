"""Passwords that say nothing but what others know of a patron: the number and the birth date."""

import re
import unicodedata

from patrons import birth_date

# First year of each era, minus one: 平成25年 is 1988 + 25.
ERAS = {"m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018}
_ERA_NAMES = {"明治": "m", "大正": "t", "昭和": "s", "平成": "h", "令和": "r"}  # not shown
_SEPARATORS = re.compile(r"[\W_年月日生ー]+")  # not shown
# Of a barcode, in NW-7.
_STARTS_AND_STOPS = "abcd"


def is_number(password: str, number: str) -> bool:
    """Return whether a password is the patron number, with any separators or as it is scanned."""
    return _folded(password).strip(_STARTS_AND_STOPS) == _folded(number).strip(_STARTS_AND_STOPS)


def is_birth_date(password: str, yyyymmdd: str) -> bool:
    """Return whether a password is only the birth date, in any order and with any separators.

    Two- and four-digit years, one- and two-digit months and days, Japanese eras, written twice.
    """
    typed = _folded(password)
    half = len(typed) // 2
    spellings = _spellings(yyyymmdd)
    return typed in spellings or (typed[:half] == typed[half:] and typed[:half] in spellings)


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    for name, letter in _ERA_NAMES.items():
        text = text.replace(name, letter)
    return _SEPARATORS.sub("", text.replace("元年", "1年"))  # not shown


def _spellings(yyyymmdd: str) -> set[str]:
    spellings = {yyyymmdd}
    year, month, day = birth_date.split(yyyymmdd)
    if year is None or month is None or day is None:
        return spellings
    years = {f"{year:04}", f"{year % 100:02}"}
    for letter, before in ERAS.items():
        if 0 < (of_era := year - before) < 100:
            years |= {
                f"{prefix}{of_era:{width}}" for prefix in ("", letter) for width in ("", "02")
            }
    for month_text in {f"{month}", f"{month:02}"}:
        for day_text in {f"{day}", f"{day:02}"}:
            for year_text in years:
                spellings |= {
                    f"{year_text}{month_text}{day_text}",
                    f"{month_text}{day_text}{year_text}",
                    f"{day_text}{month_text}{year_text}",
                }
    return spellings
