"""Personal data as whoever may not see them is shown them: enough to tell that something is there.

A mask says nothing of how long a text is. Pure functions of texts; nothing stays nothing.
"""

from collections.abc import Callable

MASK = "＊＊"
FEWEST_DIGITS = 8
LAST_DIGITS = 2
# Of a local part as short as this, one character would be half of it.
SHORTEST_LOCAL_PART = 4


def hide(text: str) -> str:
    """Return a mask and nothing of the text: an address, a postal code, a birth date."""
    return MASK if text else ""


def initial(text: str) -> str:
    """Return the first character of a name or its kana, and a mask; of a single one the mask."""
    shown = text.strip()
    return f"{shown[0]}{MASK}" if len(shown) > 1 else hide(text)


def last_digits(text: str) -> str:
    """Return a mask and the last digits of a telephone number; of a short one the mask."""
    return f"{MASK}{text[-LAST_DIGITS:]}" if len(text) >= FEWEST_DIGITS else hide(text)


def mailbox(text: str) -> str:
    """Return the first character of an e-mail address, and a mask; its server is not told."""
    local = text.partition("@")[0]
    return f"{text[0]}{MASK}" if len(local) >= SHORTEST_LOCAL_PART else hide(text)


# What stands in the columns of a patron, and what pages make of them.
MASKS: dict[str, Callable[[str], str]] = {
    "name": initial,
    "full_name_kana": initial,
    "last_name_kana": initial,
    "first_name_kana": hide,
    "kana_as_confirmed": initial,
    "birth_date": hide,
    "birth_date_display": hide,
    "postal_code": hide,
    "postal_code_as_confirmed": hide,
    "address": hide,
    "address_in_one_line": hide,
    "phone": last_digits,
    "email": mailbox,
}
