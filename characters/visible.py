"""Whether a text shows anything: a name of zero-width spaces is as empty as an empty one.

Sources: the general categories of the Unicode Character Database, and its property
Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 16.0).
"""

import re
import unicodedata

# Controls and formats, the three kinds of separator, and marks that sit on a letter: alone, none
# of them is one. Private use is not among them: that is where names have their gaiji.
_SHOWING_NOTHING = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
# Of the default-ignorable code points, those whose category hides it (Hangul fillers are letters,
# reserved ones unassigned); and what is drawn as a blank: Braille, the Egyptian blanks, music's
# empty notehead.
_BLANK = re.compile(
    "[\u115f\u1160\u2065\u3164\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff"
    "\u2800\U00013441\U00013442\U0001d159]"
)


def is_visible(text: str) -> bool:
    """Return whether any character of the text can be seen."""
    return any(not is_hidden(character) for character in text)


def is_hidden(character: str) -> bool:
    """Return whether nothing is seen of a character that stands alone."""
    return (
        unicodedata.category(character) in _SHOWING_NOTHING or _BLANK.match(character) is not None
    )
