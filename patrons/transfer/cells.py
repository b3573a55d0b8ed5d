"""Characters in a row's cells that are not of the value: seen by nobody, broken, or unreadable.

Nearly no row has any, so one search in all its cells comes first (`UNUSUAL`).
"""

import re
from collections.abc import Collection, Sequence

from characters.cp932 import GETA
from patrons.transfer.encoding import NOT_CP932

# Of the Default_Ignorable_Code_Points (Unicode 16.0), and the interlinear annotation signs.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb"
)
_TAGS = "\U000e0000-\U000e00ff"
# Names and addresses may need them: they choose a kanji's form.
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f"
_MORE_SELECTORS = "\U000e0100-\U000e0fff"
_BROKEN = "\x00-\x08\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_PRIVATE_USE = "\ue000-\uf8ff"
_MORE_PRIVATE_USE = "\U000f0000-\U0010ffff"
# Behind the planes of letters, one range: each more of them would be tried for each character.
UNUSUAL = re.compile(
    f"[\t\n\x0b\r{_BROKEN}{_INVISIBLE}{_SELECTORS}{GETA}{_PRIVATE_USE}\U000e0000-\U0010ffff]"
)
_HIDDEN = re.compile(f"[{_INVISIBLE}{_TAGS}]")
_HIDDEN_OR_SELECTOR = re.compile(f"[{_INVISIBLE}{_TAGS}{_SELECTORS}{_MORE_SELECTORS}]")
# FileMaker writes a line break within a cell as VT.
_LINE_BREAK = re.compile("\r\n|[\t\n\x0b\r]")
_NOT_TEXT = re.compile(f"[{_BROKEN}]")
_NOT_TEXT_OR_CP932 = re.compile(f"[{_BROKEN}{NOT_CP932}]")
_NOT_CP932 = re.compile(f"[{NOT_CP932}]")
# As PostgreSQL reads it as well.
UNREADABLE = f"[{GETA}{_PRIVATE_USE}{_MORE_PRIVATE_USE}]"
_UNREADABLE = re.compile(UNREADABLE)
# What a spreadsheet program shows where it has no value.
_ERROR_VALUE = re.compile(r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|#+)")


class Rejected(Exception):
    """A row is not used; `code` is one of `patrons.transfer.report.REASONS`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def check_text(row: Sequence[str], codec: str) -> None:
    """Raise Rejected, with the place, where a cell holds what is no text of the codec."""
    search = (_NOT_TEXT_OR_CP932 if codec == "cp932" else _NOT_TEXT).search
    for column, cell in enumerate(row, 1):
        if found := search(cell):
            is_byte = codec == "cp932" and _NOT_CP932.match(found[0])
            name = f"0x{_byte(found[0]):02X}" if is_byte else f"U+{ord(found[0]):04X}"
            where = f"{column} 列目の {found.start() + 1} 文字目 {name}"
            raise Rejected("bytes" if is_byte else "control_characters", where)


def mended(row: Sequence[str], with_selectors: Collection[int]) -> list[str]:
    """Return cells without what nobody sees; a line break becomes a space."""
    return [
        (_HIDDEN if position in with_selectors else _HIDDEN_OR_SELECTOR).sub(
            "", _LINE_BREAK.sub(" ", cell)
        )
        for position, cell in enumerate(row)
    ]


def is_unreadable(cell: str) -> bool:
    """Return whether a character stands for one that the library system could not write."""
    return _UNREADABLE.search(cell) is not None


def is_error_value(cell: str) -> bool:
    return _ERROR_VALUE.fullmatch(cell.strip()) is not None


def _byte(character: str) -> int:
    if "\uf8f1" <= character <= "\uf8f3":
        return 0xFD + ord(character) - 0xF8F1
    return ord(character) & 0xFF
