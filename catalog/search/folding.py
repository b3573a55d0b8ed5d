"""One spelling for what is searched: width, case, hiragana, variant kanji and marks do not matter.

A folded text is runs of letters and digits with one space between. A space or a sign parts Latin
words; beside Japanese it is dropped: some write ・ or a space there (Python 入門) and some do not.
The runs are cut into bigrams, PostgreSQL's lexemes for a text without word spaces.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import jaconv

from characters.variants import FOLDED

MAXIMUM_FOLDED = 4000
# Of a `tsvector`: the last position, and how many a lexeme may have.
LAST_POSITION, MOST_PLACES = 16_383, 255
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JAPANESE = "\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_APART = re.compile(r"[\W_]+")
_BESIDE_JAPANESE = re.compile(rf"(?<=[{_JAPANESE}]) | (?=[{_JAPANESE}])")
# Letters with a stroke, which no normal form takes apart.
_STROKES = str.maketrans("øđłħŧıæœß", "odlhtiaos")
_MARKS = re.compile("[\u0300-\u036f]")
# The voiced marks that stand apart, as NFKC composes them.
_VOICED = str.maketrans("゛゜", "\u3099\u309a")
_DASHES = re.compile("[‐‑‒–—―−－]")


def fold(text: str) -> str:
    """Return a text as it is compared; never raises, and is idempotent."""
    if not text:
        return ""
    text = _VARIATION_SELECTORS.sub("", text[:MAXIMUM_FOLDED]).translate(_VOICED)
    text = unicodedata.normalize("NFKC", text)
    text = jaconv.hira2kata(text.casefold()).translate(FOLDED)
    if not text.isascii():
        text = _without_accents(text)
    return _BESIDE_JAPANESE.sub("", _APART.sub(" ", text)).strip()


def _without_accents(text: str) -> str:
    """Take the marks off Latin letters; the voiced marks of kana are no such marks."""
    apart = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", apart).translate(_STROKES)


def bigrams(run: str) -> list[str]:
    """Return a run's pairs of neighbours, and its last character alone."""
    return [*map(str.__add__, run, run[1:]), run[-1]]


def vector(weighted: Iterable[tuple[str, str]]) -> str:
    """Return folded texts with their weights (A to D) as the text of a `tsvector`.

    Between runs a position stays free, as `phrase` counts on; between texts another, so that no
    phrase reaches from one into the next. What lies beyond the last position is left out: no phrase
    could find it, and a vector has 1 MB at most.
    """
    lexemes: dict[str, list[str]] = defaultdict(list)
    position = 1
    for folded, weight in weighted:
        for run in folded.split():
            for gram in bigrams(run)[: max(LAST_POSITION + 1 - position, 0)]:
                lexemes[gram].append(f"{position}{weight}")
                position += 1
            position += 1
        position += 1
    return " ".join(
        f"'{gram}':{','.join(places[:MOST_PLACES])}" for gram, places in lexemes.items()
    )


def phrase(folded: str, weights: str = "") -> str:
    """Return the `tsquery` that finds a folded text as it stands, beginning and end within words
    or not, in the fields of these weights (A to D); "" for no text.
    """
    if not folded:
        return ""
    *whole, last = folded.split()
    suffix = f":{weights}" if weights else ""
    runs = [[f"'{gram}'{suffix}" for gram in bigrams(run)] for run in whole]
    # The last character alone is at the end of a run only; where there is no pair, it begins one.
    pairs = [f"'{gram}'{suffix}" for gram in bigrams(last)][:-1]
    runs.append(pairs or [f"'{last}':*{weights}"])
    return " <2> ".join(" <-> ".join(run) for run in runs)


def isbn13(text: str) -> str:
    """Return the 13 digits of an ISBN-10 or ISBN-13 in any form, "" for anything else.

    ISO 2108; the check digit must be right.
    """
    digits = unicodedata.normalize("NFKC", text).upper().strip()
    digits = re.sub(r"^ISBN(?:-1[03])?:?", "", digits)
    digits = re.sub(r"[\s-]", "", _DASHES.sub("-", digits))
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        values = [10 if digit == "X" else int(digit) for digit in digits]
        if sum(value * (10 - place) for place, value in enumerate(values)) % 11:
            return ""
        digits = "978" + digits[:9]
        return digits + _check_digit(digits)
    if re.fullmatch(r"97[89][0-9]{10}", digits) and _check_digit(digits[:12]) == digits[12]:
        return digits
    return ""


def _check_digit(twelve: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return str(-total % 10)
