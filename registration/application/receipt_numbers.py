"""How the number of a receipt is written, and read as staff type what an applicant says."""

import re

from patrons.normalize import DASH_CLASS, nfkc

_WRITTEN = re.compile(rf"(A?)(?:{DASH_CLASS}|\s)*([0-9]{{1,9}})")


def written(number: int | None) -> str:
    """Return a number as it is written, A-123; "" where there is none."""
    return f"A-{number}" if number else ""


def read(text: str, *, whole: bool = False) -> int | None:
    """Return the number in A-123, Ａ－１２３, a123 or 123; None where it is another text.

    Beside other numbers only a `whole` one, with its letter, is meant.
    """
    found = _WRITTEN.fullmatch(nfkc(text).strip().upper())
    return int(found[2]) if found and (found[1] or not whole) else None
