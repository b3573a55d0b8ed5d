"""The shape of a first password: eight digits, as a birth date is written."""

import re
import unicodedata


def fold(password: str) -> str:
    """Return a password as eight digits are compared: of one width, without blanks around them."""
    return unicodedata.normalize("NFKC", password).strip()


def has_shape(folded: str) -> bool:
    """Return whether a folded password is eight digits."""
    return re.fullmatch("[0-9]{8}", folded) is not None
