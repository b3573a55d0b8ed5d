"""Whether templates may lead to AI蔵書探索."""

from django import template

from catalog.meaning import client

register = template.Library()


@register.simple_tag
def meaning_available() -> bool:
    """Return whether AI蔵書探索 answers; asks no database."""
    return client.available()
