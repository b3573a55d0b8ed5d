"""Who may register online: residents of eight municipalities, told by the verified address.

The address is read from its start (perhaps a postal code, then prefecture, district, municipality),
never searched: 大分市 also occurs inside other addresses. Whoever changes the table, or the reading
of an address in a way that can change a decision, gives `RULES` a new version and runs
`recheck_residency`.

Codes and names: JIS X 0402 as Japan Post's table has them.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from patrons.enums import ResidencyReason

PREFECTURE = "大分県"

# A prefecture, or the name of a municipality, after its district's where it has one.
_SOMEWHERE_ELSE = re.compile(r"[^\W\d_]{2,3}[都道府県]|[^\W\d_]{1,14}?[市区町村]")
# Before an address, in NFKC and without spaces: 〒870-0839.
POSTAL_CODE = re.compile(r"〒?\d{3}[-‐–—―−ー]?\d{4}(?=[^\d-])")
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
    """The municipalities of the prefecture, and whose residents may register, as of a version.

    `version` is the day of the last change, at most 20 characters.
    """

    version: str
    municipalities: tuple[Municipality, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The start of an address in the prefecture, with one group for each municipality."""
        ways = (f"(?:{m.district})?({m.name})" for m in self.municipalities)
        return re.compile(f"(?:{PREFECTURE})?(?:{'|'.join(ways)})")


def _table(version: str, *rows: tuple[str, str, str, bool]) -> RuleTable:
    return RuleTable(
        version=version,
        municipalities=tuple(
            Municipality(code=code, district=district, name=name, eligible=eligible)
            for code, district, name, eligible in rows
        ),
    )


RULES = _table(
    "2026-11-25",
    ("44201", "", "大分市", True),
    ("44202", "", "別府市", True),
    ("44203", "", "中津市", False),
    ("44204", "", "日田市", False),
    ("44205", "", "佐伯市", False),
    ("44206", "", "臼杵市", True),
    ("44207", "", "津久見市", True),
    ("44208", "", "竹田市", True),
    ("44209", "", "豊後高田市", False),
    ("44210", "", "杵築市", False),
    ("44211", "", "宇佐市", False),
    ("44212", "", "豊後大野市", True),
    ("44213", "", "由布市", True),
    ("44214", "", "国東市", False),
    ("44322", "東国東郡", "姫島村", False),
    ("44341", "速見郡", "日出町", True),
    ("44461", "玖珠郡", "九重町", False),
    ("44462", "玖珠郡", "玖珠町", False),
)
ELIGIBLE_MUNICIPALITIES = {m.name: m.code for m in RULES.municipalities if m.eligible}
MUNICIPALITY_NAMES = {m.code: m.name for m in RULES.municipalities}


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
    # People who live abroad keep a My Number Card whose address says so, wherever they lived.
    if "国外転出" in text:
        return _refused(ResidencyReason.ABROAD, rules)
    if match := rules.pattern.match(text):
        assert match.lastindex is not None
        municipality = rules.municipalities[match.lastindex - 1]
        eligible = municipality.eligible
        return ResidencyDecision(
            eligible=eligible,
            reason=ResidencyReason.ELIGIBLE if eligible else ResidencyReason.NOT_ELIGIBLE,
            municipality_code=municipality.code,
            municipality_name=municipality.name,
            rule_version=rules.version,
        )
    if _SOMEWHERE_ELSE.match(text):
        return _refused(ResidencyReason.NOT_ELIGIBLE, rules)
    return _refused(ResidencyReason.UNREADABLE, rules)


def _refused(reason: ResidencyReason, rules: RuleTable) -> ResidencyDecision:
    return ResidencyDecision(eligible=False, reason=reason, rule_version=rules.version)
