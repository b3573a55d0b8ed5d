"""Who may see a page of My Library, and where to go next."""

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mylibrary import session
from patrons.models import Patron
from patrons.services import PatronErased
from ui.pages import View, form_page, local_path

AT_THE_COUNTER = _(
    "情報秘匿のお申し出により、この画面ではお手続きできません。窓口で承ります。何も変わっていません。"
)


def patron_of(request: HttpRequest) -> Patron | None:
    """Return the patron who is logged in; None for staff and for nobody."""
    return getattr(request.user, "patron", None)


def must_choose_password(request: HttpRequest, patron: Patron) -> bool:
    """Return whether a patron has to replace the birth date before anything else.

    Not whoever has shown the card or used a passkey: the birth date has opened nothing.
    """
    return (
        settings.REQUIRE_PASSWORD_CHANGE
        and not patron.has_own_password
        and not session.is_strong_login(request)
    )


def turned_away(request: HttpRequest, destination: str) -> str | None:
    """Return where whoever may not act as a patron goes first; None for a patron who may."""
    patron = patron_of(request)
    if patron is None:
        return destination
    return to_password(destination) if must_choose_password(request, patron) else None


def patron_page(view: View) -> View:
    """Make a view a page of the logged-in patron's own, never stored by the browser.

    The patron is handed over: no address of My Library names one. Whoever has not chosen a password
    yet is sent to do so.
    """

    @private
    @wraps(view)
    def guarded(request: HttpRequest, patron: Patron, **named: Any) -> HttpResponse:
        if must_choose_password(request, patron):
            return redirect(to_password(request.get_full_path()))
        return view(request, patron, **named)

    return guarded


def private(view: View) -> View:
    """Like `patron_page`, but open to patrons who still have to choose a password."""

    @wraps(view)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        patron = patron_of(request)
        if patron is None:
            return render(request, "mylibrary/staff.html", status=403)
        try:
            return view(request, patron, **named)
        except PatronErased:
            # By staff, while this request was on its way.
            logout(request)
            return redirect("mylibrary:login")

    return form_page(guarded)


def is_closed(request: HttpRequest, patron: Patron | None) -> bool:
    """Say on the next page that a withheld patron goes to the counter; False for others."""
    if patron is None or not patron.is_withheld:
        return False
    messages.info(request, AT_THE_COUNTER)
    return True


def closed_to_withheld(view: View) -> View:
    """Close a `patron_page` about the card, or about what is withheld, to withheld patrons."""

    @wraps(view)
    def guarded(request: HttpRequest, patron: Patron, **named: Any) -> HttpResponse:
        if patron.withheld_at:
            messages.info(request, AT_THE_COUNTER)
            return redirect("mylibrary:profile")
        return view(request, patron, **named)

    return guarded


def safe_next(request: HttpRequest) -> str:
    """Return where to go after the login: a page of this site, the menu where none is named."""
    named = request.POST.get("next") or request.GET.get("next") or ""
    return local_path(named) or reverse("mylibrary:menu")


def to_password(destination: str) -> str:
    """Return the address of the page that asks for a new password, and goes on to `destination`."""
    return before("mylibrary:password", destination)


def before(page: str, destination: str) -> str:
    """Return the address of the page of that name, which goes on to `destination`."""
    query = None if destination == reverse("mylibrary:menu") else {"next": destination}
    return reverse(page, query=query)
