"""What CP932, the encoding of older Japanese programs, can hold of a text.

It has the JIS X 0208 characters and NEC's and IBM's (髙, 﨑, ①, ㈱), not 𠮷, é or variation
selectors. What it has under another code point is written so (〜 as ～), a variation selector is
left out (葛 with one as 葛), and any other becomes 〓, the printers' missing character.
"""

import re
import unicodedata
from typing import NamedTuple

GETA = "〓"  # not shown
_SAME_CHARACTER = str.maketrans("〜−‖—¢£¬¥\xa0", "～－∥―￠￡￢￥ ")  # not shown
_VOICED = re.compile("[ぁ-ゖァ-ヺゝヽ][\u3099\u309a]")  # not shown
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class Written(NamedTuple):
    """A cell's text for an encoding, and the characters that were replaced or left out."""

    text: str
    lost: str

    @property
    def points(self) -> str:
        """The code points of what was lost: a character itself may be seen by nobody."""
        return " ".join(f"U+{ord(character):04X}" for character in self.lost)


def in_cp932(value: str) -> Written:
    """Return a value as CP932 can hold it."""
    value = value.translate(_SAME_CHARACTER)
    if _is_cp932(value):
        return Written(value, "")
    value = _VOICED.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), value)
    selectors = "".join(_SELECTORS.findall(value))
    value = _SELECTORS.sub("", value)
    lost = "".join(character for character in value if not _is_cp932(character))
    text = "".join(character if _is_cp932(character) else GETA for character in value)
    return Written(text, lost + selectors)


def _is_cp932(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
