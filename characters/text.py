"""Whether a text can be used, shows anything, can be kept, and is a slip away from another.

Sources: the general categories of the Unicode Character Database, and its property
Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 16.0).
"""

import re
import unicodedata
from os.path import commonprefix
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:  # text, or text that is translated when it is read
    StrOrPromise = str

MAXIMUM_KEPT = 300
# Controls and formats, the three kinds of separator, and marks that sit on a letter: alone, none
# of them is one. Private use is not among them: that is where names have their gaiji.
_SHOWING_NOTHING = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
# What nobody sees wherever it stands: the default-ignorable code points (zero-width signs, marks of
# direction, variation selectors, BOM, soft hyphen, Hangul fillers, some reserved ones); and what is
# drawn as a blank: Braille, the Egyptian blanks, music's empty notehead.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\u2800\U00013441\U00013442\U0001d159]"
)

_LINE_BREAKS = re.compile("[\t-\r\x85\u2028\u2029]+")


class InvalidInput(Exception):
    """A typed value cannot be used; `code` is stable, the screen owns the sentence.

    `character` is the one that is to blame, as it can be shown; "" where it is no single one.
    """

    def __init__(self, code: str, character: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.character = named(character) if character else ""


def is_visible(text: str) -> bool:
    """Return whether any character can be seen: zero-width spaces alone are as good as nothing."""
    return any(not is_hidden(character) for character in text)


def is_hidden(character: str) -> bool:
    """Return whether nothing is seen of a character that stands alone."""
    return unicodedata.category(character) in _SHOWING_NOTHING or bool(_UNSEEN.match(character))


def without_unseen(text: str) -> str:
    """Return the text without what nobody sees: pasting brings it along, and it means nothing.

    Not for names in kanji, whose variation selectors choose a form of the character.
    """
    return text if text.isascii() else _UNSEEN.sub("", text)


def named(character: str) -> str:
    """Return a character as it can be pointed out to whoever typed it: itself, or U+0301."""
    is_shown = not is_hidden(character) and unicodedata.category(character)[0] != "C"
    return character if is_shown else f"U+{ord(character):04X}"


def one_line(text: StrOrPromise) -> str:
    """Return the text with tabs and line breaks as one space: as an address is shown and printed.

    OpenID Connect's `formatted` address may have several lines (Core 1.0, section 5.1.1).
    """
    return _LINE_BREAKS.sub(" ", str(text))


def keepable(text: str) -> str:
    """Return the text as it can be stored and shown: no NUL, no lone surrogate, not endless."""
    return re.sub("[\0\ud800-\udfff]", "", text[:MAXIMUM_KEPT])


def is_one_slip(one: str, other: str) -> bool:
    """Return whether two texts are one slip of typing apart; equal ones are not.

    One character wrong, missing or too many, or two neighbours swapped.
    """
    same = len(commonprefix((one, other)))  # noqa: RUF071 - characters are meant
    ours, theirs = one[same:], other[same:]
    return one != other and (
        ours[1:] in (theirs, theirs[1:]) or ours == theirs[1:] or is_swapped(ours, theirs)
    )


def is_swapped(one: str, other: str) -> bool:
    """Return whether two texts are the same but for two neighbours that changed places."""
    at = len(commonprefix((one, other)))  # noqa: RUF071 - characters are meant
    swapped = one[:at] + one[at : at + 2][::-1] + one[at + 2 :]
    return one != other == swapped
