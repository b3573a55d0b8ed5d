"""What a cell of an exchanged file may hold: no spreadsheet formula, no unwritable character.

Formulas: spreadsheet programs run a cell that starts with one of = + - @ (of either width), a tab
or a line break (OWASP, CSV Injection). Such a cell gets an apostrophe in front, the spreadsheets'
own mark of text; reading takes that one away. A cell that starts with apostrophes before such a
character gets one more, so that every value comes back as it was.

Characters: CP932 has the JIS X 0208 characters and NEC's and IBM's (髙, 﨑, ①, ㈱), not 𠮷, é or
variation selectors. What it has under another code point is written so (〜 as ～), a variation
selector is left out (葛 with one as 葛), and any other becomes 〓, the printers' missing character.
"""

import re
import unicodedata
from typing import NamedTuple

ENCODINGS = ("utf-8-sig", "cp932")
GETA = "〓"
_FORMULA = re.compile(r"['\s]*[=+\-@＝＋－＠−﹢﹣﹦﹫\t\r\n]")
_SAME_CHARACTER = str.maketrans(
    {
        "〜": "～",
        "−": "－",
        "‖": "∥",
        "—": "―",
        "¢": "￠",
        "£": "￡",
        "¬": "￢",
        "¥": "￥",
        "\xa0": " ",
    }
)
_VOICED = re.compile("[ぁ-ゖァ-ヺゝヽ][\u3099\u309a]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class Written(NamedTuple):
    """A cell's text for an encoding, and the characters that were replaced or left out."""

    text: str
    lost: str


def guard(value: str) -> str:
    """Return a value so that no spreadsheet program takes it for a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


def unguard(cell: str) -> str:
    """Undo `guard`; other cells that start with an apostrophe stay as they are."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def in_cp932(value: str) -> Written:
    """Return a value as CP932 can hold it; `lost` are the characters the reader will miss."""
    if _is_cp932(value):
        return Written(value.translate(_SAME_CHARACTER), "")
    value = _VOICED.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), value)
    value = value.translate(_SAME_CHARACTER)
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
