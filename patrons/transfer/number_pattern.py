"""Whether a text is a patron number of this library, and what a spreadsheet program made of one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from patrons.normalize import scanned_number
from patrons.numbers import SCHEMES, is_ours
from patrons.transfer.cells import Rejected

# What a card's barcode (NW-7) and its letters can hold, a digit among it.
_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z$:/.+-]+")
# 7.10E+06, 7100261.0, 7,100,261, 2001/2/3 of 1-2-3, #N/A, ="7100261".
_SPREADSHEET = re.compile(
    r"-?[0-9]+(?:[.,][0-9]*)?E[+-][0-9]+|[0-9]+\.[0-9]*|[0-9]{1,3}(?:,[0-9]{3})+"
    r"|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}|[#=].*",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class NumberPattern:
    """So many digits in all, the last by a scheme of `patrons.numbers.SCHEMES`."""

    digits: int
    check_digit: str = "none"

    def fits(self, number: str) -> bool:
        """Return whether digits are a number of this pattern."""
        scheme = SCHEMES[self.check_digit]
        return len(number) == self.digits and number.endswith(scheme(number[:-1]))


def as_meant(number: str, patterns: Sequence[NumberPattern]) -> str:
    """Return a normalized number without a reader's start and stop characters, if it is known then.

    Where neither a pattern nor our own range knows it, they may be a part of the number.
    """
    scanned = scanned_number(number)
    is_known = scanned.isdigit() and (
        is_ours(scanned) or any(pattern.fits(scanned) for pattern in patterns)
    )
    return scanned if is_known else number


def check_number(number: str, patterns: Sequence[NumberPattern]) -> None:
    """Raise Rejected where a normalized number, "" where there is none, is none of the library's.

    Without patterns letters and the signs of a barcode may be among the digits. A number of our own
    range fits always.
    """
    is_digits = number.isascii() and number.isdigit()
    if not is_digits:
        if _SPREADSHEET.fullmatch(number):
            raise Rejected("number_spreadsheet")
        if not _NUMBER.fullmatch(number):
            raise Rejected("number")
    fits = is_digits and any(pattern.fits(number) for pattern in patterns)
    if not patterns or fits or is_ours(number):
        return
    if is_digits and any(pattern.fits(number.zfill(pattern.digits)) for pattern in patterns):
        raise Rejected("number_zeros")
    said = " か ".join(f"{pattern.digits} 桁" for pattern in patterns)
    raise Rejected("number_pattern", said)
