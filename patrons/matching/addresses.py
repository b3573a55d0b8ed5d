"""The key by which addresses are matched; it never raises and is idempotent."""

import re
from enum import StrEnum
from functools import lru_cache

from patrons.matching.keys import MAX_KEY_LENGTH, VARIATION_SELECTORS, to_fixed_point
from patrons.matching.variants import FOLDED
from patrons.normalize import DASH_CLASS, nfkc
from patrons.residency import POSTAL_CODE, PREFECTURE, RULES

_DISTRICT = re.compile(
    "|".join(f"^{m.district}(?={m.name})" for m in RULES.municipalities if m.district)
)
_KANJI_NUMERALS = "〇一二三四五六七八九"
_KANJI_DIGITS = str.maketrans(_KANJI_NUMERALS, "0123456789")
_SPACE = re.compile(r"\s")
_DASH_BY_DIGIT = re.compile(rf"(?<=\d){DASH_CLASS}|{DASH_CLASS}(?=\d)")
_CHOME_IN_KANJI = re.compile(f"([{_KANJI_NUMERALS}十]+)(?=丁目)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)(?:丁目|番地の|番地|番|号|の(?=\d))-?(?=\d)")
_AFTER_DIGITS = re.compile(r"(?<=\d)(?:丁目|番地|番|号)(?!室|棟|館)")

# Town and block: what stands before and from the first digit, or the first 丁目 counted in kanji.
_PLAIN_ADDRESS = re.compile(
    f"([一-鿯々ぁ-ゖァ-ヺー]{{1,60}}?)"
    f"((?:[0-9０-９]|[{_KANJI_NUMERALS}十]{{1,8}}丁目)"
    "[0-9０-９A-Za-zＡ-Ｚａ-ｚ一-鿯々ぁ-ゖァ-ヺー－−‐ \u3000-]{0,80})"
)
_TIED_TO_BLOCK = re.compile(rf"\d|[{_KANJI_NUMERALS}十]$|{DASH_CLASS}$")


def address_key(address: str) -> str:
    """Return the matching key of an address: 1丁目5番1号 and １－５－１ are the same.

    A postal code before it is dropped.
    """
    if parts := _PLAIN_ADDRESS.fullmatch(address):
        town = _part_key(parts[1])
        if not _TIED_TO_BLOCK.search(town):
            return town + _part_key(parts[2])
    return to_fixed_point(address, _fold_whole_address)


class AddressAgreement(StrEnum):
    """How far two addresses agree.

    SAME: town, block and number; building and room are equal or missing on one side. BLOCK: town
    and block, but something else differs or is missing. TOWN: only the town. UNKNOWN: one says
    nothing. NONE: they contradict each other.
    """

    SAME = "same"
    BLOCK = "block"
    TOWN = "town"
    UNKNOWN = "unknown"
    NONE = "none"


def compare_addresses(
    one: str, other: str, *, postal_codes: tuple[str, str] = ("", "")
) -> AddressAgreement:
    """Compare two addresses as they are written; never raises.

    Their postal codes, seven digits, tell apart towns of one name where a municipality is missing.
    """
    ours, theirs = address_key(one), address_key(other)
    if not ours or not theirs:
        return AddressAgreement.UNKNOWN
    return AddressAgreement.SAME if ours == theirs else AddressAgreement.NONE


def _fold_address(text: str) -> str:
    text = nfkc(VARIATION_SELECTORS.sub("", text)).casefold().translate(FOLDED)
    text = _SPACE.sub("", text)
    text = _DASH_BY_DIGIT.sub("-", text)
    text = _DISTRICT.sub("", text.removeprefix(PREFECTURE))
    text = text.replace("大字", "").replace("ヶ", "ケ")
    text = _CHOME_IN_KANJI.sub(_arabic, text)
    text = _BETWEEN_DIGITS.sub("-", text)
    text = _AFTER_DIGITS.sub("", text)
    return text[:MAX_KEY_LENGTH]


def _fold_whole_address(text: str) -> str:
    text = _fold_address(text)
    postal_code = POSTAL_CODE.match(text)
    return text[postal_code.end() :] if postal_code else text


@lru_cache(maxsize=16384)
def _part_key(part: str) -> str:
    return to_fixed_point(part, _fold_address)


def _arabic(match: re.Match[str]) -> str:
    tens, ten, units = match[0].rpartition("十")
    if not ten:
        return units.translate(_KANJI_DIGITS)
    return (tens.translate(_KANJI_DIGITS) or "1") + (units.translate(_KANJI_DIGITS) or "0")
