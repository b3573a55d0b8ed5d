"""One spelling for what is searched: width, case, hiragana, variant kanji and marks do not matter.

A folded text is runs of letters and digits with one space between. A space or a sign parts Latin
words, unless it ends one (C++, C#); beside Japanese it is dropped: some write ・ or a space there
(Python 入門) and some do not. Readings are written by sound (JAPAN/MARC: ワガハイ ワ), so kana that
sound alike are one, and a particle is found either way. The runs are cut into bigrams, PostgreSQL's
lexemes for a text without word spaces.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import product

import jaconv

from characters.variants import FOLDED

MAXIMUM_FOLDED = 4000
# Of a `tsvector`: the last position, and how many a lexeme may have.
LAST_POSITION, MOST_PLACES = 16_383, 255
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JAPANESE = "\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# All signs but those that end a Latin word: C++, C#.
_APART = re.compile(r"(?:[^\w+#]|_|(?<![a-z])(?<![a-z][+#])[+#]|[+#](?=[+#]*[a-z]))+")
_BESIDE_JAPANESE = re.compile(rf"(?<=[{_JAPANESE}]) | (?=[{_JAPANESE}])")
# Letters with a stroke, which no normal form takes apart.
_STROKES = str.maketrans("øđłħŧıæœß", "odlhtiaos")
_MARKS = re.compile("[\u0300-\u036f]")
# The voiced marks that stand apart, as NFKC composes them.
_VOICED = str.maketrans("゛゜", "\u3099\u309a")
# ヂ and ヅ sound as ジ and ズ, the particle ヲ as オ; ヵ and ヶ are written large, too (関ケ原).
_SOUNDS = str.maketrans(
    dict(zip("ヂヅヲヵヶ", "ジズオカケ", strict=True))  # not shown
    | {"ヷ": "ヴァ", "ヸ": "ヴィ", "ヹ": "ヴェ", "ヺ": "ヴォ"}  # not shown
)
# What may be a particle, where spaces part the words: ワ and エ that end a word (トワ, コンニチワ)
# or have another behind them (エノ); ハ and ヘ alone, in readings that are spelt.
_PARTICLE = re.compile("[ワエ](?= |$)|(?<![^ ])エ(?=[ノトモワ](?: |$))|(?<![^ ])[ハヘ](?= |$)")
# Letters that no folded text has, for a particle as it sounds and as it is spelt.
_EITHER = {"ヷ": "ワハ", "ヹ": "エヘ"}  # not shown
_AS_EITHER = {sounds_or_spelt: sign for sign, both in _EITHER.items() for sounds_or_spelt in both}
# Characters whose spelling depends on no other beside them.
_PLAIN = re.compile("[ -~\u3000-\u3029\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff\uff01-\uff5e]*")
_DASHES = re.compile("[‐‑‒–—―−－]")


def fold(text: str) -> str:
    """Return a text as it is compared; never raises, and is idempotent."""
    return _joined(_words(text))


def fold_reading(text: str) -> str:
    """Return a reading as `vector` takes it: particles are found as they sound and are spelt."""
    return _joined(_PARTICLE.sub(lambda found: _AS_EITHER[found[0]], _words(text).strip()))


def _words(text: str) -> str:
    """Return what of a text is compared, with one space wherever it has a space or a sign."""
    text = text[:MAXIMUM_FOLDED]
    text = text.translate(_LETTERS) if _PLAIN.fullmatch(text) else _spelt(text)
    return text if text.isalnum() else _APART.sub(" ", text)


def _spelt(text: str) -> str:
    text = unicodedata.normalize("NFKC", _VARIATION_SELECTORS.sub("", text).translate(_VOICED))
    text = jaconv.hira2kata(text.casefold()).translate(FOLDED)
    return text if text.isascii() else _without_accents(text).translate(_SOUNDS)


class _Letters(dict[int, str]):
    """What `_spelt` makes of each character of `_PLAIN`, as they are met."""

    def __missing__(self, code: int) -> str:
        self[code] = spelt = _spelt(chr(code))
        return spelt


_LETTERS = _Letters()


def _joined(words: str) -> str:
    return (_BESIDE_JAPANESE.sub("", words) if " " in words else words).strip()


def _without_accents(text: str) -> str:
    """Take the marks off Latin letters; the voiced marks of kana are no such marks."""
    apart = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", apart).translate(_STROKES)


def bigrams(run: str) -> list[str]:
    """Return a run's pairs of neighbours, and its last character alone."""
    return [*map(str.__add__, run, run[1:]), run[-1]]


def vector(weighted: Iterable[tuple[str, str]]) -> str:
    """Return folded texts and readings with their weights (A to D) as the text of a `tsvector`.

    Between runs a position stays free, as `phrase` counts on; between texts another, so that no
    phrase reaches from one into the next. What lies beyond the last position is left out: no phrase
    could find it, and a vector has 1 MB at most.
    """
    lexemes: dict[str, str] = {}
    position = 1
    for folded, weight in weighted:
        for run in folded.split():
            grams = bigrams(run)
            if position + len(grams) > LAST_POSITION:
                grams = grams[: max(LAST_POSITION + 1 - position, 0)]
            placed: Iterable[tuple[int, str]] = enumerate(grams, position)
            if any(sign in run for sign in _EITHER):
                placed = ((at, spelt) for at, gram in placed for spelt in _spellings(gram))
            for at, gram in placed:
                if gram in lexemes:
                    lexemes[gram] += f",{at}{weight}"
                else:
                    lexemes[gram] = f"'{gram}':{at}{weight}"
            position += len(grams) + 1
        position += 1
    if position <= MOST_PLACES:
        return " ".join(lexemes.values())
    return " ".join(",".join(told.split(",")[:MOST_PLACES]) for told in lexemes.values())


def _spellings(gram: str) -> Iterator[str]:
    """Yield what stands at one place: each letter as it sounds, and as it is spelt."""
    return map("".join, product(*(_EITHER.get(letter, letter) for letter in gram)))


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
    # The long vowel mark is the key beside the hyphen.
    digits = re.sub(r"[\s\u30fc-]", "", _DASHES.sub("-", digits))
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
