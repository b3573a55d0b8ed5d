"""Announcements on pages."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone

from announcements import board
from announcements.kinds import Begun, Place
from announcements.posted import Posted

register = template.Library()


@register.simple_tag
def announcements(place: str) -> str:
    """Put in what residents are to know at a place (`announcements.kinds.Place`), if anything."""
    banners = board_of(board.shown(Place(place)))
    if not banners:
        return ""
    # A page has one region of that name, but may have several buttons.
    context = {"banners": banners, "is_region": place != Place.CARD}
    return render_to_string("announcements/banners.html", context)


@register.simple_tag
def stopped(what: str) -> list[dict[str, Any]]:
    """Return why nobody can begin something (`announcements.kinds.Begun`) now; [] where one can."""
    return board_of(board.stopping(Begun(what)))


def board_of(posted: Iterable[Posted]) -> list[dict[str, Any]]:
    """Return what the templates need of announcements."""
    now = timezone.now()
    return [
        {"title": one.title(now), "sentence": one.sentence, "begun": one.has_begun(now)}
        for one in posted
    ]
