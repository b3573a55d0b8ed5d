"""Names of branches and states on the catalogue's pages."""

from django import template

from branches.models import Branch
from catalog.models import Item, ItemState
from catalog.records import availability

register = template.Library()
_STATES = {ItemState.ON_SHELF: "in", ItemState.REFERENCE: "here", ItemState.MISSING: "unknown"}


@register.simple_tag
def branch_name(branch: Branch) -> str:
    return availability.branch_name(branch)


@register.simple_tag
def item_state(item: Item) -> str:
    """Return how a state is drawn; what is neither there nor lost is out."""
    return _STATES.get(ItemState(item.state), "out")
