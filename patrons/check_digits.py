"""Check digits of patron numbers, as Japanese libraries print them in NW-7 (Codabar).

Every function takes the payload's digits and returns the character behind them. The schemes, their
names in `PATRON_NUMBER_CHECK_DIGIT` and where they are published: docs/adr/0035.
"""

from collections.abc import Callable

# Modulus 16 counts the start and the stop character too; they cannot be check characters.
_CHARACTERS = "0123456789-$:/.+ABCD"
_HIGHEST_WEIGHT = 7


def none(payload: str) -> str:
    """Return nothing: the number is the payload."""
    return ""


def luhn(payload: str) -> str:
    """Return the modulus 10, weight 2-1 (split) digit."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def seven_dr(payload: str) -> str:
    """Return the 7DR digit: what is left of the payload divided by 7."""
    return str(int(payload) % 7)


def seven_dsr(payload: str) -> str:
    """Return the 7DSR digit: 7 less what is left of the payload divided by 7, 0 for no rest."""
    return str(-int(payload) % 7)


def modulus11(payload: str) -> str:
    """Return the modulus 11, weight 2-7 digit; 10, which is no digit, becomes 0."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        total += int(digit) * (2 + position % (_HIGHEST_WEIGHT - 1))
    digit = -total % 11
    return str(digit) if digit < 10 else "0"


def modulus16(payload: str, *, start: str = "A", stop: str = "A") -> str:
    """Return the modulus 16 character of a symbol: a digit or one of - $ : / . +.

    Start and stop are those of the patron card's barcode.
    """
    total = sum(_CHARACTERS.index(character) for character in f"{start}{payload}{stop}")
    return _CHARACTERS[-total % 16]


SCHEMES: dict[str, Callable[[str], str]] = {
    "none": none,
    "luhn": luhn,
    "7dr": seven_dr,
    "7dsr": seven_dsr,
    "modulus11": modulus11,
    "modulus16": modulus16,
}
