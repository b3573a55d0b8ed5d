"""My Library's pages of the person who is logged in (manual, step 10)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mylibrary.access import patron_page
from mylibrary.models import KanaChange
from mylibrary.moves import refusal_of
from mylibrary.pages import email_state
from mylibrary.standing import standing_of
from myna_auth.pages import card_notes, leads_to_identity_service
from notices.models import Notice
from patrons.enums import ContactMethod
from patrons.models import Patron
from registration import privacy


@patron_page
def menu(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Myライブラリ: the menu."""
    unread = Notice.objects.inbox_of(patron).unread().count()
    return render(request, "mylibrary/menu.html", {"patron": patron, "unread": unread})


@leads_to_identity_service
@patron_page
def profile(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用者情報: what is registered, and what the card can do for it."""
    context = {
        "patron": patron,
        "contact_method": ContactMethod(patron.contact_method).label,
        **standing_of(patron)._asdict(),
        "refused": refusal_of(request),
        "kana_waiting": KanaChange.objects.waiting_of(patron),
        **email_state(patron),
        "purpose_of_use": privacy.CURRENT,
        **card_notes(request),
    }
    return render(request, "mylibrary/profile.html", context)
