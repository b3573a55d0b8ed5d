"""My Library's pages of the person who is logged in (manual, step 10)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mylibrary import barcode
from mylibrary.access import patron_page
from mylibrary.moves import refusal_of
from mylibrary.pages import email_state
from mylibrary.usage import usage_of
from myna_auth.pages import card_notes, leads_to_identity_service
from patrons.enums import ContactMethod
from patrons.models import Patron


@patron_page
def menu(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Myライブラリ: the menu."""
    return render(request, "mylibrary/menu.html")


@leads_to_identity_service
@patron_page
def profile(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者情報: what is registered, and what the card can do for it."""
    context = {
        "patron": patron,
        "contact_method": ContactMethod(patron.contact_method).label,
        "linked": patron.identity_links.active().exists(),
        "refused": refusal_of(request),
        **email_state(patron),
        **card_notes(request),
    }
    return render(request, "mylibrary/profile.html", context)


@patron_page
def card(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者カード: what is shown at the counter."""
    now = timezone.localtime()
    context = {
        "patron": patron,
        "barcode": barcode.svg(patron.number),
        "usage": usage_of(patron),
        "now": now.isoformat(timespec="seconds"),
        # The manual's form: 2026年03月10日 9時00分.
        "shown_at": f"{now:%Y年%m月%d日} {now.hour}時{now:%M}分",
    }
    return render(request, "mylibrary/card.html", context)
