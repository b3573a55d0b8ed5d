"""What pages of the catalogue, which know nothing of holds, offer of them."""

from django import template

from mylibrary.holding import offer

register = template.Library()
register.simple_tag(offer.is_offered, name="can_be_held")
register.simple_tag(offer.waiting, name="waiting_for")
