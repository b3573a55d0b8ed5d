"""The keys by which names and e-mail addresses are matched.

`*_key` never raise and are idempotent; keys are compared, never shown.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

import jaconv

from characters.variants import FOLDED
from patrons.normalize import MAX_EMAIL_LENGTH, nfkc

MAX_KEY_LENGTH = 200
# The day of the last change that can change a key; stored ones then need `recompute_keys`.
KEYS_VERSION = "2026-11-29"

# Stands in a name key for one character that nobody can read: the printers' sign, a replacement
# for what an encoding lacks, or one of private use, which means something else in every system.
UNKNOWN_SIGN = "〓"
_UNKNOWN = re.compile("[〓□■●?？\ufffd\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
# What stands in brackets beside a name: 旧姓, an alias. NFKC has left these of all brackets.
_OPENING, _CLOSING = r"(\[{<「『〔【〈《〖⦅", r")\]}>」』〕】〉》〗⦆"
NOTE = re.compile(f"[{_OPENING}]([^{_OPENING}{_CLOSING}]*)(?:[{_CLOSING}]|$)")
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Mn", "Mc", "Me", "Cn"})
_MARKS = re.compile("[\u0300-\u036f]")
# Letters with a stroke and ligatures, which no normalization takes apart.
_LATIN = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ŋ": "ng"}
)

VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Nearly all names and addresses are of these characters, whose keys take a short way to the same
# result: for an import of a whole library that is minutes (tests hold both ways equal).
_PLAIN_NAME = re.compile("[一-鿯ぁ-ゖァ-ヺー\u3000 ]+")
_PLAIN_NAME_FOLDED = FOLDED | str.maketrans("ヶヵ", "ケカ", "\u3000 ")
_PLAIN_KANA = re.compile("[ァ-ヶー\u3000 ]+")
_NO_SPACES = str.maketrans("", "", "\u3000 ")
# Kana are folded for matching, since one person types the own name in more than one way.
_VOICED_V = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"))
_LARGE = str.maketrans(
    "ァィゥェォッャュョヮヵヶヅヂヲヰヱヷヸヹヺ", "アイウエオツヤユヨワカケズジオイエバビベボ"
)
_REPEATED_KANA = re.compile("([ぁ-ゖァ-ヺ])([ゝゞヽヾ])")
_ROWS = {
    "ア": "アカガサザタダナハバパマヤラワ",
    "イ": "イキギシジチニヒビピミリ",
    "ウ": "ウクグスズツヌフブプムユル",
    "エ": "エケゲセゼテデネヘベペメレ",
    "オ": "オコゴソゾトドノホボポモヨロ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
# What lengthens a kana of the row, and the one kana that is written for it.
_LENGTHENERS = {"ア": "アー", "イ": "イー", "ウ": "ウー", "エ": "エイー", "オ": "オウー"}
_LENGTHENED = {"ア": "ア", "イ": "イ", "ウ": "ウ", "エ": "イ", "オ": "ウ"}
# Without one of these nothing but the small kana changes: most names.
_LENGTHENING = re.compile(f"ー|[{_ROWS['エ']}]エ|[{_ROWS['オ']}]オ")


def name_key(name: str) -> str:
    """Return the matching key of a name: no spaces, one width and case, variant kanji folded.

    Diacritics and what stands in brackets beside the name are left out. A character that cannot be
    read is kept as `UNKNOWN_SIGN`: such a key is not certain.
    """
    if len(name) <= MAX_KEY_LENGTH and _PLAIN_NAME.fullmatch(name):
        return name.translate(_PLAIN_NAME_FOLDED)
    return to_fixed_point(name, _fold_name)


def is_certain(key: str) -> bool:
    """Return whether two records with this name key have one name, every character known."""
    return UNKNOWN_SIGN not in key


def kana_key(kana: str) -> str:
    """Return the matching key of a name in kana; pass family and given name joined.

    A long vowel is folded to one spelling, never dropped: オオ, オウ and オー become オウ, ケイ and
    ケー become ケイ. So ユウキ and ユキ, who may be twins, keep different keys.
    """
    if len(kana) <= MAX_KEY_LENGTH and _PLAIN_KANA.fullmatch(kana):
        return _fold_kana(kana.translate(_NO_SPACES))
    return to_fixed_point(kana, _fold_kana_name)


@lru_cache(maxsize=16)
def name_traits(name: str, name_key: str, kana_key: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the characters of a name and each two kana in a row; brackets are not in the key."""
    characters = frozenset(name + name_key) - {" ", "\u3000"}
    return characters, tuple(kana_key[at : at + 2] for at in range(len(kana_key) - 1))


def email_key(email: str) -> str:
    if email.isascii() and len(email) <= MAX_EMAIL_LENGTH:
        return email.strip().casefold()
    return to_fixed_point(email, lambda text: nfkc(text.strip().casefold())[:MAX_EMAIL_LENGTH])


def to_fixed_point(text: str, fold: Callable[[str], str]) -> str:
    # Dropping or folding a character can bring two others together that compose, so one pass is
    # not enough to be idempotent; a key is settled after two or three.
    text = text[: 2 * MAX_KEY_LENGTH]
    for _ in range(8):
        folded = fold(text)
        if folded == text:
            break
        text = folded
    return text


def without_notes(text: str) -> str:
    """Return a name, in NFKC, without what stands in brackets, where that leaves anything."""
    while (name := NOTE.sub(" ", text)) != text and any(map(_is_letter, name)):
        text = name
    return text


def _normal(text: str) -> str:
    # The spacing voiced marks would become a space and a combining mark under NFKC.
    text = VARIATION_SELECTORS.sub("", text).replace("゛", "\u3099").replace("゜", "\u309a")
    return nfkc(text)


def _written_out(repeated: re.Match[str]) -> str:
    """Return みすず for みすゞ: a sign of repetition says itself whether it is voiced."""
    plain = unicodedata.normalize("NFD", repeated[1])[0]
    voiced = nfkc(f"{plain}\u3099")
    return repeated[1] + (voiced if repeated[2] in "ゞヾ" and len(voiced) == 1 else plain)


def _is_letter(character: str) -> bool:
    # Unassigned are kanji that are younger than this Python.
    return character == UNKNOWN_SIGN or unicodedata.category(character) in _LETTERS


def _letters(text: str) -> str:
    """Return NFKC and case folded text without spaces, signs and variation selectors."""
    text = _normal(text).casefold()
    letters = "".join(filter(_is_letter, text))
    # A name of signs alone must not become the empty key that all such names would share.
    return letters or "".join(c for c in text if not c.isspace())


def _fold_name(text: str) -> str:
    text = without_notes(_normal(_UNKNOWN.sub(UNKNOWN_SIGN, text)))
    text = unicodedata.normalize("NFKD", text.casefold().translate(_LATIN))
    # Before the signs are left out, among which Unicode counts the radicals.
    text = nfkc(_MARKS.sub("", text)).translate(FOLDED)
    text = _letters(text).replace("ヶ", "ケ").replace("ヵ", "カ")
    text = re.sub("(.)々", r"\1\1", text)
    return _REPEATED_KANA.sub(_written_out, text)[:MAX_KEY_LENGTH]


def _fold_kana(text: str) -> str:
    """Return katakana with small kana enlarged, like-sounding kana united, long vowels alike."""
    for voiced, folded in _VOICED_V:
        text = text.replace(voiced, folded)
    text = text.translate(_LARGE)
    if not _LENGTHENING.search(text):
        return text
    out: list[str] = []
    for kana in text:
        row = _VOWEL.get(out[-1]) if out else None
        if row and kana in _LENGTHENERS[row]:
            out.append(_LENGTHENED[row])
        elif kana != "ー":
            out.append(kana)
    return "".join(out)


def _fold_kana_name(text: str) -> str:
    text = _REPEATED_KANA.sub(_written_out, jaconv.hira2kata(_letters(text)))
    return nfkc(_fold_kana(text))[:MAX_KEY_LENGTH]
