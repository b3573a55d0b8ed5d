"""How addresses are matched: the key of a house, and how far two addresses agree.

An address is read as municipality and town (`towns`), the numbers of block and house, and the rest:
building, room, 様方. Each may be spelled in many ways, and all but the numbers may be missing.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from characters.variants import FOLDED
from patrons.matching.keys import MAX_KEY_LENGTH, VARIATION_SELECTORS, to_fixed_point
from patrons.matching.towns import Place, find_place, fold_town, municipality_by_code
from patrons.normalize import DASH_CLASS, nfkc

_NUMERALS = "〇一二三四五六七八九"
_TENS = {"十": 10, "百": 100, "千": 1000}
_KANJI_NUMBER = f"[{_NUMERALS}十百千]+"
_TO_DIGITS = str.maketrans(_NUMERALS, "0123456789")
_TO_NUMERALS = str.maketrans("0123456789", _NUMERALS)
_INVISIBLE = re.compile(
    f"{VARIATION_SELECTORS.pattern}|[\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_DIGIT = f"[0-9{_NUMERALS}十百千]"
_DASH = re.compile(
    rf"(?<={_DIGIT})\s*{DASH_CLASS}+\s*(?={_DIGIT})|(?<=[0-9])\s*{DASH_CLASS}|{DASH_CLASS}(?=[0-9])"
)
# What is typed for a dash between digits, 一 among it.
_FOR_A_DASH = re.compile("(?<=[0-9])[一・./,、](?=[0-9])")
# Signs and brackets separate; 〓 and private use stand for a character that cannot be read.
_SEPARATOR = re.compile(f"[^\\w〓\ue000-\uf8ff-]|(?<!{_DIGIT})-(?!{_DIGIT})")
_POSTAL_CODE = re.compile(r"\s*[0-9]{3}[-\s]?[0-9]{4}(?=[^0-9-])")

# Where the numbers begin: not at 北5条 and 1番町, which belong to the town.
_FIRST_NUMBER = re.compile(
    "[0-9]+(?![0-9]|条|線|区|番?町|地割)"
    rf"|{_KANJI_NUMBER}(?=丁目|番地|番(?![町丁])|号(?![棟館])|[-のノ][0-9{_NUMERALS}十]|\s|$)"
)
_NUMBER = "[0-9]+(?![0-9]|号?[室棟館]|階|f(?![a-z]))"
# A number after 番地 and a space is a room.
_NEXT = r"-|\s*[のノ]\s*|\s*(?:丁目?|番)[\s-]*[のノ]?\s*|\s*番地(?:\s*[-のノ]\s*)?|\s*号[-のノ]"
_NUMBERS = re.compile(f"{_NUMBER}(?:(?:{_NEXT}){_NUMBER})*")
_UNIT = re.compile(r"\s*(?:丁目?|番地?|号)?[-のノ\s]*")
# A town's first number is a 丁目 only if it is small, and the number of a flat is not.
_FIRST_NO_CHOME = 20
_FIRST_ROOM = 100

_CARE_OF = re.compile(r"[^\s0-9-]+(?:様方?|方)(?=[\s0-9]|$)")
_HOUSE_OF_SEVERAL = re.compile("号?棟|号館")
_ROOM = re.compile(r"(?:(?<![a-z])([a-z])[-\s]*)?([0-9]+)-?([a-z]?)\s*(?:号?室|号|階)?\s*$")
_NO_NAME = re.compile(rf"\s|{DASH_CLASS}")

# Nearly all addresses are of this form, whose key takes a short way to the same result: for an
# import of a whole library that is minutes (tests hold both ways equal).
_SHORT_NUMBER = "([0-9０-９]{1,6})"
_PLAIN_ADDRESS = re.compile(
    f"([一-鿯々ぁ-ゖァ-ヺー]{{1,60}}?){_SHORT_NUMBER}"
    f"(?:(?:丁目|番地の?|番|[-－]){_SHORT_NUMBER})?"
    f"(?:(?:番地の?|番|[-－]){_SHORT_NUMBER})?"
    "(?:番地|番|号)?(?:\u3000[ァ-ネハ-ヺ県].*)?"
)


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


class _Address(NamedTuple):
    place: Place
    numbers: tuple[str, ...]
    rest: str


def address_key(address: str) -> str:
    """Return the matching key of a house: 1丁目5番1号 and １－５－１ コーポ南104 are the same.

    It never raises and is idempotent. A key that ends in a digit names a house, another one a town
    or less. Building and room are left out, since most people leave them out now and then; where
    two flats must not be one, `compare_addresses` tells them apart.
    """
    return _short_way(address) or to_fixed_point(address, _fold_address)


def compare_addresses(
    one: str, other: str, *, postal_codes: tuple[str, str] = ("", "")
) -> AddressAgreement:
    """Compare two addresses as they are written; never raises.

    Their postal codes, seven digits, tell apart towns of one name where a municipality is missing.
    """
    ours, theirs = _read(one), _read(other)
    places = _compare_places(
        _place_by_code(ours.place, postal_codes[0]), _place_by_code(theirs.place, postal_codes[1])
    )
    if places in (AddressAgreement.UNKNOWN, AddressAgreement.NONE):
        return places
    return max(places, _compare_houses(ours, theirs), key=list(AddressAgreement).index)


def _place_by_code(place: Place, postal_code: str) -> Place:
    if place.municipality or not place.town:
        return place
    return place._replace(municipality=municipality_by_code(place.town, postal_code))


def _compare_places(one: Place, other: Place) -> AddressAgreement:
    """Return the most that houses of the two places can agree in."""
    is_one_municipality = one.municipality == other.municipality
    if one.municipality and other.municipality and not is_one_municipality:
        return AddressAgreement.NONE
    if not (_town(one) and _town(other)):
        says_enough = not _town(one) and not _town(other) and one.municipality
        is_same = says_enough and is_one_municipality
        return AddressAgreement.SAME if is_same else AddressAgreement.UNKNOWN
    if one.town != other.town or not (one.town or one.part == other.part):
        return AddressAgreement.NONE
    if one.part and other.part and one.part != other.part:
        return AddressAgreement.TOWN
    is_same = is_one_municipality and one.part == other.part
    return AddressAgreement.SAME if is_same else AddressAgreement.BLOCK


def _compare_houses(one: _Address, other: _Address) -> AddressAgreement:
    """Compare what follows the towns of two places that may be one."""
    has_town = bool(_town(one.place))
    shorter = min(len(one.numbers), len(other.numbers))
    if not shorter:
        return AddressAgreement.TOWN if has_town else AddressAgreement.UNKNOWN
    building, room = _read_rest(one.rest)
    other_building, other_room = _read_rest(other.rest)
    if one.numbers == other.numbers:
        is_same = _may_be_same(building, other_building) and _may_be_one_room(room, other_room)
        return AddressAgreement.SAME if is_same else AddressAgreement.BLOCK
    # 1番15-5号 and 1番15号 5号室.
    if (*one.numbers, *filter(None, room)) == (*other.numbers, *filter(None, other_room)):
        return AddressAgreement.SAME
    # A 丁目 alone is no block.
    is_block = shorter > 1 or not one.place.has_chome
    if is_block and one.numbers[:shorter] == other.numbers[:shorter]:
        return AddressAgreement.BLOCK
    return AddressAgreement.TOWN if has_town else AddressAgreement.NONE


def _town(place: Place) -> str:
    return place.town or place.part


def _may_be_same(one: str, other: str) -> bool:
    return not one or not other or one == other


def _may_be_one_room(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        return True
    return one[1:] == other[1:] and _may_be_same(one[0], other[0])


def _read_rest(rest: str) -> tuple[str, tuple[str, ...]]:
    """Return the building's name, and letter, number and letter of the room or nothing."""
    rest = _HOUSE_OF_SEVERAL.sub("-", _CARE_OF.sub(" ", rest))
    match = _ROOM.search(rest)
    if not match:
        return _NO_NAME.sub("", rest), ()
    letter, number, suffix = match.groups("")
    return _NO_NAME.sub("", rest[: match.start()]), (letter, _plain(number), suffix.strip("f"))


def _read(address: str) -> _Address:
    text = nfkc(_INVISIBLE.sub("", address[: 2 * MAX_KEY_LENGTH])).casefold().translate(FOLDED)
    text = _DASH.sub("-", _FOR_A_DASH.sub("-", text))
    text = _SEPARATOR.sub(" ", text)
    if postal_code := _POSTAL_CODE.match(text):
        text = text[postal_code.end() :]
    start = _start_of_numbers(text)
    place = find_place(_fold_place(text[:start]))
    text = re.sub(_KANJI_NUMBER, _arabic, text[start:])
    found = _NUMBERS.match(text)
    if not found:
        return _Address(place, (), text)
    numbers = [_plain(number) for number in re.findall("[0-9]+", found[0])]
    length = _block_length(numbers, place.has_chome)
    rest = text[found.end() :]
    rest = "-".join(numbers[length:]) + rest if numbers[length:] else _UNIT.sub("", rest, count=1)
    return _Address(place, tuple(numbers[:length]), rest)


def _start_of_numbers(text: str) -> int:
    for match in _FIRST_NUMBER.finditer(text):
        # A town may end in a number: 大野町代三五.
        is_town = not match[0].isascii() and find_place(_fold_place(text[: match.end()]))
        if not (is_town and is_town.town and not is_town.part):
            return match.start()
    return len(text)


def _fold_place(text: str) -> str:
    return fold_town("".join(text.split()).translate(_TO_NUMERALS).strip("-"))


def _block_length(numbers: list[str], has_chome: bool) -> int:
    """Return how many of the numbers name the house; a room may follow after another dash."""
    if len(numbers) < 3:
        return len(numbers)
    is_chome = has_chome and int(numbers[0]) < _FIRST_NO_CHOME
    return 3 if is_chome or int(numbers[2]) < _FIRST_ROOM else 2


def _plain(number: str) -> str:
    return number.lstrip("0") or "0"


def _short_way(text: str) -> str:
    """Return the key of an address of plain form, "" for any other."""
    if not (parts := _PLAIN_ADDRESS.fullmatch(text)) or not (plain := _plain_town(parts[1])):
        return ""
    head, has_chome = plain
    numbers = [str(int(number)) for number in parts.groups()[1:] if number]
    return head + "-".join(numbers[: _block_length(numbers, has_chome)])


def _fold_address(text: str) -> str:
    return _short_way(text) or _long_way(text)


def _long_way(text: str) -> str:
    address = _read(text)
    return (_head(address.place) + "-".join(address.numbers))[:MAX_KEY_LENGTH]


def _head(place: Place) -> str:
    return f"{place.municipality}{place.town}{place.part}"


@lru_cache(maxsize=16384)
def _plain_town(text: str) -> tuple[str, bool] | None:
    """Return what a town of plain characters gives to the key; None where it needs the long way."""
    found = _FIRST_NUMBER.search(f"{text}1")
    if not found or found.start() < len(text) or text.endswith("ー"):
        return None
    place = find_place(_fold_place(text))
    head = _head(place)
    return (head, place.has_chome) if _long_way(f"{head}1") == f"{head}1" else None


def _arabic(match: re.Match[str]) -> str:
    """Return 二十三, 二三 and 〇 in digits."""
    if not any(tens in match[0] for tens in _TENS):
        return match[0].translate(_TO_DIGITS)
    total, number = 0, ""
    for numeral in match[0]:
        if numeral in _TENS:
            total += int(number or 1) * _TENS[numeral]
            number = ""
        else:
            number += numeral.translate(_TO_DIGITS)
    return str(total + int(number or 0))
