"""Announcements on pages."""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone

from announcements import board
from announcements.kinds import KINDS, Begun, Place

register = template.Library()


@register.simple_tag
def announcements(place: str) -> str:
    """Put in what residents are to know at a place (`announcements.kinds.Place`), if anything."""
    posted = board.shown(Place(place))
    if not posted:
        return ""
    now = timezone.now()
    # A page has one region of that name, but may have several buttons.
    context = {"banners": [one.banner(now) for one in posted], "is_region": place != Place.CARD}
    return render_to_string(KINDS[posted[0].kind].template, context)


@register.simple_tag
def stopped(what: str) -> list[dict[str, Any]]:
    """Return why nobody can begin something (`announcements.kinds.Begun`) now; [] where one can."""
    now = timezone.now()
    return [one.banner(now) for one in board.stopping(Begun(what))]
