"""Patron numbers: a payload of the configured range, and its check digit.

The manual's example 8000028 is payload 800002 and a modulus 10, weight 2-1 check digit (Luhn). The
range of payloads is `PATRON_NUMBER_RANGE`, the scheme `PATRON_NUMBER_CHECK_DIGIT`.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings

NEARLY_EXHAUSTED_SHARE = 0.05
# A payload and its check digit fit the column, and the payload PostgreSQL's bigint.
MAX_PAYLOAD_DIGITS = 18


class NumberRange(NamedTuple):
    """First and last payload, both included."""

    first: int
    last: int


class NumbersLeft(NamedTuple):
    """How many payloads nobody has yet are left of how many."""

    left: int
    total: int

    @property
    def nearly_exhausted(self) -> bool:
        """Whether less than 5 % is left, so that staff must be told."""
        return self.left < self.total * NEARLY_EXHAUSTED_SHARE


def luhn(payload: str) -> str:
    """Return the modulus 10, weight 2-1 (split) digit of a payload's digits."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


# What `PATRON_NUMBER_CHECK_DIGIT` may be: what stands behind a payload's digits.
SCHEMES: dict[str, Callable[[str], str]] = {"none": lambda payload: "", "luhn": luhn}


def parse_range(text: str) -> NumberRange:
    """Read a range such as "800000-899999"; ValueError where it is not one.

    Both ends have as many digits, so that all numbers are of one length.
    """
    first, last = (int(part) for part in text.split("-"))
    if not 0 < first <= last:
        raise ValueError("first must be positive and not above last")
    if len(str(first)) != len(str(last)) or len(str(last)) > MAX_PAYLOAD_DIGITS:
        raise ValueError("first and last must have as many digits, at most 18")
    return NumberRange(first, last)


def format_number(payload: int) -> str:
    """Return the number of a payload with its check digit by the configured scheme."""
    return f"{payload}{SCHEMES[settings.PATRON_NUMBER_CHECK_DIGIT](str(payload))}"
