"""The towns (町名, 大字) of Oita Prefecture: which of them an address begins with.

`data/towns.tsv` is made from Japan Post's table by `build_postal_table`: a line for each
municipality with its JIS code, the towns that are divided into 丁目, and the others.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from characters.variants import FOLDED
from patrons.residency import (
    DATA,
    ELIGIBLE_MUNICIPALITIES,
    MUNICIPALITY_NAMES,
    PREFECTURE,
    RULES,
    municipalities_of,
)

TOWNS_FILE = DATA / "towns.tsv"
# One town is written with any of these, and 大字 may be left out of all.
_ALIKE = FOLDED | str.maketrans("がガヶノ之乃", "ケケケののの")
# As library systems still have them: 大分郡挾間町 became a part of 由布市.
_FORMER_DISTRICT = re.compile("^[一-鿯]{1,3}郡")
_SEVEN_DIGITS = re.compile("[0-9]{7}")
_ELIGIBLE = frozenset(name.translate(FOLDED) for name in ELIGIBLE_MUNICIPALITIES)

Towns = dict[str, bool]


class Place(NamedTuple):
    """What stands before the numbers of an address, folded for comparing.

    `municipality` and `town` are "" where they are not given or not known; `part` is what follows
    the known town, without a 小字 that says it is one, or everything else that is not known.
    """

    municipality: str
    town: str
    part: str
    has_chome: bool


def fold_town(text: str) -> str:
    return text.translate(_ALIKE).replace("大字", "")


@lru_cache(maxsize=16384)
def find_place(text: str) -> Place:
    """Read a folded text without spaces; a municipality left out is that of a town of one name."""
    match = _municipality_pattern().match(text)
    if not match:
        return _without_municipality(text)
    assert match.lastindex is not None
    municipality, text = match[match.lastindex], text[match.end() :]
    towns = _table()[municipality]
    town = _longest(text, towns)
    part = "" if town and text.startswith("字", len(town)) else text[len(town) :]
    has_chome = towns[town] if town and not part else True
    # The one municipality that has a town of its own name.
    return Place(municipality, "" if town == municipality else town, part, has_chome)


def municipality_by_code(town: str, postal_code: str) -> str:
    """Return which of the municipalities with a town of this name a postal code means, or ""."""
    if not _SEVEN_DIGITS.fullmatch(postal_code):
        return ""
    by_code = {
        MUNICIPALITY_NAMES.get(code, "").translate(FOLDED)
        for code in municipalities_of(postal_code)
    }
    found = by_code.intersection(_municipalities_with(town))
    return found.pop() if len(found) == 1 else ""


def _without_municipality(text: str) -> Place:
    short = text.removeprefix(PREFECTURE)
    # The whole text has to be a town: what begins with one is mostly of another prefecture.
    for town in (short, short.partition("字")[0], _FORMER_DISTRICT.sub("", short)):
        if found := _municipalities_with(town):
            municipality = found[0] if len(found) == 1 else ""
            has_chome = any(_table()[name][town] for name in found)
            return Place(municipality, town, "", has_chome)
    return Place("", "", text, has_chome=True)


def _longest(text: str, towns: Towns) -> str:
    return next((text[:end] for end in range(len(text), 0, -1) if text[:end] in towns), "")


def _municipalities_with(town: str) -> list[str]:
    return [name for name, towns in _table().items() if name in _ELIGIBLE and town in towns]


@cache
def _municipality_pattern() -> re.Pattern[str]:
    return re.compile(RULES.pattern.pattern.translate(FOLDED))


@cache
def _table() -> dict[str, Towns]:
    return dict(_read())


def _read() -> Iterator[tuple[str, Towns]]:
    with TOWNS_FILE.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            code, *columns = line.rstrip("\n").split("\t")
            towns = {
                fold_town(town): has_chome
                for names, has_chome in zip(columns, (True, False), strict=True)
                for town in names.split("・")
                if town
            }
            yield MUNICIPALITY_NAMES[code].translate(FOLDED), towns
