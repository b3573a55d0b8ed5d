"""My Library's pages of the person who is logged in (manual, step 10)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from branches import board
from mylibrary.access import patron_page
from mylibrary.patron_card import barcode
from mylibrary.usage import today
from notices.models import Notice
from patrons.models import Patron


@patron_page
def menu(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Myライブラリ: the card before all else, what is of today, and the menu."""
    context = {
        "patron": patron,
        "barcode": barcode.svg(patron.number),
        "unread": Notice.objects.inbox_of(patron).unread().count(),
        "today": timezone.localdate(),
        "due": today.of(patron),
        "branches": board.shown(),
    }
    return render(request, "mylibrary/menu.html", context)
