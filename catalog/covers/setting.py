"""Set a title in lines within a box: which way it runs, where it breaks, how large it can be.

A server has no fonts to measure: a Japanese letter is one em, a Latin one about three fifths of
it. The browser has the last word on the shapes (long vowels, brackets and small kana of vertical
lines come from its font).
"""

import re
import unicodedata
from typing import NamedTuple

MOST_LETTERS = 72
LEADING = 1.25
# Fewer lines are better than larger letters from here on.
LARGE_ENOUGH = 15.0
SMALLEST = 8.0
# In ems; a longer row of such letters may be broken.
LONGEST_IN_KATAKANA = 9
LONGEST_IN_KANJI = 4

# A letter with what sits on it: marks, voicing, the choice of a form.
_LETTER = re.compile(
    ".[\u0300-\u036f\u200d\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*",  # not shown
    re.DOTALL,
)
_NOT_FIRST = frozenset(
    "、。，．・：；？！ー～々ゝゞヽヾ…‥）」』】〕〉》］｝”’,.:;?!)]}"  # not shown
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶのはをにがで"  # not shown
)
_NOT_LAST = frozenset("（「『【〔〈《［｛“‘([{第0123456789０１２３４５６７８９")  # not shown
# Upright in a vertical line as long as they are short: 1984, SF, DNA.
_SHORT = re.compile("(?<![!-~])(?:[!-~]{1,3}|[0-9]{4})(?![!-~])")
_TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_KANJI = re.compile("[々〇\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")  # not shown
_KATAKANA = re.compile("[ァ-ヺー]+")  # not shown
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")


class Piece(NamedTuple):
    """What is not broken, in ems, and whether a space stands before it."""

    text: str
    width: float
    after_space: bool


class Lines(NamedTuple):
    """Lines of text and the size of their letters."""

    lines: list[str]
    size: float


def cleaned(text: str) -> str:
    """Return a text as it is drawn: composed, in one line, in kana of full width, not endless."""
    kana = _HALF_WIDTH_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return _cut(" ".join(unicodedata.normalize("NFC", kana).split()), MOST_LETTERS)


def is_vertical(text: str) -> bool:
    """Return whether enough of a text is written in letters that stand in columns."""
    letters = [letter for letter in text if letter.isalnum()]
    columnar = sum(unicodedata.east_asian_width(letter) in "WF" for letter in letters)
    return 5 * columnar >= max(1, len(letters))


def upright(text: str) -> str:
    """Return a text for a vertical line, its short numbers and abbreviations in full width."""
    return _SHORT.sub(lambda found: found[0].translate(_TO_FULL_WIDTH), text)


def fit(text: str, *, length: float, breadth: float, largest: float) -> Lines:
    """Set a text in lines of at most `length`, which take at most `breadth` side by side."""
    pieces = _pieces(text)
    whole = sum(piece.width for piece in pieces)
    # Words are not broken as long as one fits into a line of the smallest letters.
    longest = max((piece.width for piece in pieces), default=0)
    least = min(longest, length / SMALLEST)
    best = Lines([], 0)
    for count in range(1, max(2, int(breadth / SMALLEST / LEADING) + 1)):
        limit = max(least, whole / count)
        while len(lines := _broken(pieces, limit)) > count:
            limit += 0.5
        widest = max(map(width_of, lines), default=1)
        size = min(largest, length / widest, breadth / LEADING / max(1, len(lines)))
        if size > best.size:
            best = Lines(lines, _rounded_down(size))
        if size >= LARGE_ENOUGH:
            break
    return best


def fit_one(text: str, *, length: float, largest: float) -> Lines:
    """Set a text in one line, cut where it would be too small to read."""
    most = length / SMALLEST
    while width_of(text) > most:
        text = _cut(text, len(_letters(text)) - 1)
    size = min(largest, length / max(1, width_of(text)))
    return Lines([text] if text else [], _rounded_down(size))


def width_of(text: str) -> float:
    """Return about how long a text is, in ems."""
    return sum(map(_width, _letters(text)))


def _width(letter: str) -> float:
    if _is_wide(letter):
        return 1
    return 0.76 if letter.isupper() else 0.62


def _rounded_down(size: float) -> float:
    return int(10 * size) / 10


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter[0]) in "WFA"


def _is_one_word(neighbours: str, width: float) -> bool:
    """Return whether two letters belong together at the end of a piece of that width."""
    if _KATAKANA.fullmatch(neighbours):
        return width < LONGEST_IN_KATAKANA
    if _KANJI.fullmatch(neighbours):
        return width < LONGEST_IN_KANJI
    return not any(map(_is_wide, neighbours))


def _letters(text: str) -> list[str]:
    return _LETTER.findall(text)


def _cut(text: str, most: int) -> str:
    letters = _letters(text.removesuffix("…") if text.endswith("…") else text)
    return text if len(_letters(text)) <= most else "".join(letters[: most - 1]).rstrip() + "…"


def _pieces(text: str) -> list[Piece]:
    """Take a text apart where a line may end."""
    pieces: list[Piece] = []
    before = " "
    after_space = False
    for letter in _letters(text):
        if letter == " ":
            after_space, before = bool(pieces), letter
            continue
        of_a_word = bool(pieces) and _is_one_word(before + letter, pieces[-1].width)
        stays = letter in _NOT_FIRST or before in _NOT_LAST or of_a_word
        if pieces and stays and not after_space:
            last = pieces[-1]
            pieces[-1] = last._replace(text=last.text + letter, width=last.width + _width(letter))
        else:
            pieces.append(Piece(letter, _width(letter), after_space))
        before, after_space = letter, False
    return pieces


def _broken(pieces: list[Piece], limit: float) -> list[str]:
    """Fill lines of at most `limit` ems; a piece that is longer than a line is broken."""
    lines: list[str] = []
    line, filled = "", 0.0
    for piece in pieces:
        gap = _width(" ") if piece.after_space and line else 0
        if line and filled + gap + piece.width > limit + 0.001:
            lines.append(line)
            line, filled, gap = "", 0.0, 0
        line, filled = line + " " * bool(gap), filled + gap
        for letter in _letters(piece.text):
            if line and filled + _width(letter) > limit + 0.001:
                lines.append(line)
                line, filled = "", 0.0
            line, filled = line + letter, filled + _width(letter)
    return [*lines, line] if line else lines
