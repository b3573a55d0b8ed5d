"""What pages of the catalogue say of リクエスト."""

from django import template

from catalog.search.criteria import Criteria
from mylibrary.requests.filled import address

register = template.Library()


@register.simple_tag
def request_address(criteria: Criteria) -> str:
    """Return the address of the form, filled in with what was searched for."""
    return address(criteria)
