"""Whether something of a record can be taken along, in one line."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import get_language, gettext

from branches.models import Branch
from catalog.models import Item, ItemState, Record


class Availability(NamedTuple):
    """A sentence, and the state it stands for: `in`, `out`, `here` (to be read there) or ""."""

    state: str
    said: str


def branch_name(branch: Branch) -> str:
    return branch.name if get_language() == "ja" else branch.name_en


def of(items: Iterable[Item]) -> Availability:
    """Return what is true of the items together; nothing is said of what is not known."""
    by_state: dict[str, list[str]] = {}
    for item in items:
        by_state.setdefault(item.state, []).append(branch_name(item.branch))
    if names := by_state.get(ItemState.ON_SHELF):
        return Availability("in", gettext("貸出できます：%s") % _joined(names))
    if names := by_state.get(ItemState.REFERENCE):
        return Availability("here", gettext("館内でご覧ください：%s") % _joined(names))
    if any(state != ItemState.MISSING for state in by_state):
        return Availability("out", gettext("貸出中など：いま棚にありません"))
    return Availability("", gettext("所蔵は、窓口でお尋ねください"))


def _joined(names: list[str]) -> str:
    return gettext("、").join(dict.fromkeys(names))


def with_availability(records: Iterable[Record]) -> list[Record]:
    """Return records that bring their items, each with its `available`."""
    found = list(records)
    for record in found:
        record.available = of(record.items.all())  # type: ignore[attr-defined]
    return found
