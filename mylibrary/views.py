"""My Library's pages of the person who is logged in (manual, step 10)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mylibrary.access import patron_page
from notices.models import Notice
from patrons.models import Patron


@patron_page
def menu(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Myライブラリ: the menu."""
    unread = Notice.objects.inbox_of(patron).unread().count()
    return render(request, "mylibrary/menu.html", {"patron": patron, "unread": unread})
