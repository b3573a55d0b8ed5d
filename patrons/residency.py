"""Who may register online: residents of eight municipalities, told by the verified address.

The address is read from its start (prefecture, district, municipality), never searched: 大分市 also
occurs inside other addresses.
"""

import re
import unicodedata
from dataclasses import dataclass

from patrons.enums import ResidencyReason

RULE_VERSION = "2026-11"
ELIGIBLE_MUNICIPALITIES = {
    "大分市": "44201",
    "別府市": "44202",
    "臼杵市": "44206",
    "津久見市": "44207",
    "竹田市": "44208",
    "豊後大野市": "44212",
    "由布市": "44213",
    "日出町": "44341",
}
OTHER_MUNICIPALITIES_OF_OITA = {
    "中津市": "44203",
    "日田市": "44204",
    "佐伯市": "44205",
    "豊後高田市": "44209",
    "杵築市": "44210",
    "宇佐市": "44211",
    "国東市": "44214",
    "姫島村": "44322",
    "九重町": "44461",
    "玖珠町": "44462",
}
MUNICIPALITY_NAMES = {
    code: name for name, code in (ELIGIBLE_MUNICIPALITIES | OTHER_MUNICIPALITIES_OF_OITA).items()
}
_DISTRICTS = {"日出町": "速見郡", "姫島村": "東国東郡", "九重町": "玖珠郡", "玖珠町": "玖珠郡"}
_MUNICIPALITY = "|".join(
    f"(?:{_DISTRICTS[name]})?{name}" if name in _DISTRICTS else name
    for name in MUNICIPALITY_NAMES.values()
)
_ADDRESS = re.compile(f"(?:大分県)?({_MUNICIPALITY})")
# The longest prefecture and district names leave the municipality within this many characters.
_SOMEWHERE_ELSE = re.compile(".{1,14}?[市区町村]|.{2,3}[都道府県]")
_DROPPED = re.compile("[\\s\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef]")


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
    rule_version: str = RULE_VERSION


def decide(address: str) -> ResidencyDecision:
    """Decide on an address as the identity service returned it."""
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", address))
    # People who live abroad keep a My Number Card whose address says so, wherever they lived.
    if "国外転出" in text:
        return ResidencyDecision(eligible=False, reason=ResidencyReason.ABROAD)
    if match := _ADDRESS.match(text):
        name = match[1].rpartition("郡")[2]
        eligible = name in ELIGIBLE_MUNICIPALITIES
        return ResidencyDecision(
            eligible=eligible,
            reason=ResidencyReason.ELIGIBLE if eligible else ResidencyReason.NOT_ELIGIBLE,
            municipality_code=(ELIGIBLE_MUNICIPALITIES | OTHER_MUNICIPALITIES_OF_OITA)[name],
            municipality_name=name,
        )
    if _SOMEWHERE_ELSE.match(text):
        return ResidencyDecision(eligible=False, reason=ResidencyReason.NOT_ELIGIBLE)
    return ResidencyDecision(eligible=False, reason=ResidencyReason.UNREADABLE)
