"""What pages of the catalogue, which know nothing of holds, offer of them."""

from django import template

from catalog.models import Record
from mylibrary.holding import offer

register = template.Library()


@register.simple_tag
def can_be_held(record: Record, state: str) -> bool:
    """Return whether a work is offered to be held, with what the page says of its items."""
    return offer.is_offered(record, state)


@register.simple_tag
def waiting_for(record: Record) -> int | None:
    """Return how many wait for a work; None where that is not known."""
    return offer.waiting(record)
