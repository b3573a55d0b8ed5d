"""Who may see a page of My Library, and where to go next."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mylibrary import session
from patrons.models import Patron

MAXIMUM_PATH_LENGTH = 1000

View = Callable[[HttpRequest, Patron], HttpResponse]


def patron_of(request: HttpRequest) -> Patron | None:
    """Return the patron who is logged in; None for staff and for nobody."""
    return getattr(request.user, "patron", None)


def must_choose_password(request: HttpRequest, patron: Patron) -> bool:
    """Tell whether a patron has to replace the birth date before anything else.

    Not whoever has shown the card: the birth date has opened nothing.
    """
    return (
        settings.REQUIRE_PASSWORD_CHANGE
        and not patron.has_own_password
        and not session.is_by_card(request)
    )


def turned_away(request: HttpRequest, destination: str) -> str | None:
    """Return where whoever may not act as a patron goes; None for a patron who may.

    To the choice of a password, or to `destination` itself, which asks for the login.
    """
    patron = patron_of(request)
    if patron is None:
        return destination
    return to_password(destination) if must_choose_password(request, patron) else None


def patron_page(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view a page of the logged-in patron's own, never stored by the browser.

    The patron is handed over: no address of My Library names one. Whoever has not chosen a password
    yet is sent to do so.
    """

    @private
    @wraps(view)
    def guarded(request: HttpRequest, patron: Patron) -> HttpResponse:
        if must_choose_password(request, patron):
            return redirect(to_password(request.get_full_path()))
        return view(request, patron)

    return guarded


def private(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Like `patron_page`, but open to patrons who still have to choose a password."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        patron = patron_of(request)
        if patron is None:
            return render(request, "mylibrary/staff.html", status=403)
        return view(request, patron)

    return never_cache(require_http_methods(["GET", "HEAD", "POST"])(guarded))


def safe_next(request: HttpRequest) -> str:
    """Return where to go after the login: a page of this site, the menu where none is named."""
    named = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        named, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return named
    return reverse("mylibrary:menu")


def local_path(named: str) -> str:
    """Return a path of this site as it was named; "" for anything else."""
    if len(named) > MAXIMUM_PATH_LENGTH or not named.startswith("/"):
        return ""
    return named if url_has_allowed_host_and_scheme(named, allowed_hosts=None) else ""


def to_password(destination: str) -> str:
    """Return the address of the page that asks for a new password, and goes on to `destination`."""
    address = reverse("mylibrary:password")
    if destination == reverse("mylibrary:menu"):
        return address
    return f"{address}?{urlencode({'next': destination})}"
