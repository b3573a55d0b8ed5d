"""Whether something of a record can be taken along, in one line."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext, gettext_lazy, ngettext

from catalog.models import Item, ItemState, Record

_SAID = {
    ItemState.ON_SHELF: ("in", gettext_lazy("貸出できます")),
    ItemState.REFERENCE: ("here", gettext_lazy("館内でご覧ください")),
    ItemState.ON_LOAN: ("out", gettext_lazy("貸出中")),
    ItemState.HELD: ("out", gettext_lazy("予約した方を待っています")),
    ItemState.IN_TRANSIT: ("out", gettext_lazy("ほかの館へ運んでいます")),
    ItemState.PROCESSING: ("out", gettext_lazy("準備中")),
    ItemState.MISSING: ("unknown", gettext_lazy("窓口でお尋ねください")),
}


class Availability(NamedTuple):
    """A sentence, and how it is drawn: `in`, `out`, `here` (to be read there) or `unknown`."""

    state: str
    said: str


def of(items: Iterable[Item]) -> Availability:
    """Return what is true of the items together; nothing is said of what is not known."""
    by_state: dict[str, list[str]] = {}
    for item in items:
        by_state.setdefault(item.state, []).append(item.branch.shown_name)
    if names := by_state.get(ItemState.ON_SHELF):
        return Availability("in", gettext("貸出できます：%s") % _joined(names))
    if names := by_state.get(ItemState.REFERENCE):
        return Availability("here", gettext("館内でご覧ください：%s") % _joined(names))
    if any(state != ItemState.MISSING for state in by_state):
        return Availability("out", gettext("貸出中など：いま棚にありません"))
    return Availability("unknown", gettext("所蔵は、窓口でお尋ねください"))


def at_a_glance(items: Iterable[Item]) -> Availability:
    """Return the same where each item is told of below: how many branches have it."""
    items = list(items)
    found = of(items)
    if found.state != "in":
        return found
    count = len({item.branch_id for item in items if item.state == ItemState.ON_SHELF})
    said = ngettext("%(count)s館で貸出できます", "%(count)s館で貸出できます", count)
    return Availability("in", said % {"count": count})


def of_item(item: Item) -> Availability:
    """Return what is true of one item."""
    state, said = _SAID[ItemState(item.state)]
    return Availability(state, str(said))


def with_availability(records: Iterable[Record]) -> list[Record]:
    """Return records that bring their items, each with its `available`."""
    found = list(records)
    for record in found:
        record.available = of(record.items.all())  # type: ignore[attr-defined]
    return found


def in_order(ids: list[int]) -> list[Record]:
    """Return the records of ids in their order, each with its `available`; who is gone is not."""
    found = Record.objects.without_keys().with_items().in_bulk(ids)
    return with_availability(found[one] for one in ids if one in found)


def _joined(names: list[str]) -> str:
    return gettext("、").join(dict.fromkeys(names))
