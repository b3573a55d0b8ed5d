"""What a page is: with which methods it is asked for, that nobody stores it, who may open it.

Where nothing is said, whoever is not logged in is sent to the login.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from characters.text import StrOrPromise

View = Callable[..., HttpResponse]

# In an address that leads on to it, each character of a path may take three; Django redirects to no
# address of more than 2048.
MAXIMUM_PATH_LENGTH = 600

LOGINS_REFUSED = gettext_lazy("ログインの失敗が続いたため、受け付けを止めています")


def library(request: HttpRequest | None = None) -> dict[str, str | bool]:
    """Return the template context of every page; the phone is empty while unknown."""
    return {
        "LIBRARY_NAME": gettext(settings.LIBRARY_NAME),
        "LIBRARY_PHONE": settings.LIBRARY_PHONE,
        "DEMO": settings.DEMO,
        "LANGUAGE_CODE": get_language() or "",
    }


def number_of(typed: str) -> int:
    """Return a row's key as a form or an address names it; 0, which is nobody's, for the rest."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


def is_from_here(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of this site has sent a form (Fetch, 3.2)."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def local_path(named: str) -> str:
    """Return a path of this site as it was named; "" for anything else.

    A name without a slash in front would be looked for among the names of our views.
    """
    if not named.startswith("/") or len(iri_to_uri(named)) > MAXIMUM_PATH_LENGTH:
        return ""
    return named if url_has_allowed_host_and_scheme(named, allowed_hosts=None) else ""


def form_page(view: View) -> View:
    """Make a view a page with a form that nobody stores."""
    return never_cache(require_http_methods(["GET", "HEAD", "POST"])(view))


def open_form_page(view: View) -> View:
    """Make a view a page with a form that everybody may open and nobody stores."""
    return login_not_required(form_page(view))


def open_page(view: View) -> View:
    """Make a view a page that only says something, to everybody, and that nobody stores."""
    return login_not_required(never_cache(require_safe(view)))


def button_of(page: str) -> Callable[[View], View]:
    """Make a view a button of the page of that name; visited without pressing, it leads there."""

    def decorate(view: View) -> View:
        @wraps(view)
        def only_when_pressed(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            return view(request, *args, **named) if request.method == "POST" else redirect(page)

        return only_when_pressed

    return decorate


def sent_data(request: HttpRequest) -> QueryDict | None:
    """Return what a page's form was sent with; None where the page was only opened."""
    return request.POST if request.method == "POST" else None


def render_form(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render a page with a form, `form`; 422 where something in it is wrong."""
    status = 422 if context["form"].errors else 200
    return render(request, template, context, status=status)


def pager(page: Page, further: str = "") -> dict[str, Any]:
    """Return what `components/pager.html` shows; `further` begins the queries of the pages."""
    return {
        "number": page.number,
        "pages": page.paginator.num_pages,
        "previous": page.has_previous() and f"{further}page={page.previous_page_number()}",
        "next": page.has_next() and f"{further}page={page.next_page_number()}",
    }


def in_words(wait: timedelta) -> str:
    """Return a wait in words, rounded up: 「40秒」「3分」."""
    seconds = ceil(wait.total_seconds())
    if seconds < 60:
        return ngettext("%(count)s秒", "%(count)s秒", seconds) % {"count": seconds}
    minutes = ceil(seconds / 60)
    return ngettext("%(count)s分", "%(count)s分", minutes) % {"count": minutes}


def too_often(what: StrOrPromise, wait: timedelta) -> str:
    """Return the sentence about what went on too often, without its last full stop."""
    said = gettext("%(what)s。%(wait)sほど待ってから、もう一度お試しください")
    return said % {"what": what, "wait": in_words(wait)}


def with_full_stop(said: StrOrPromise) -> str:
    """Return a sentence that was made without its full stop, with it."""
    return gettext("%s。") % said


def with_wait(response: HttpResponse, wait: timedelta) -> HttpResponse:
    """Tell programs the wait, too."""
    response["Retry-After"] = ceil(wait.total_seconds())
    return response


def sentences(*said: object) -> str:
    """Return sentences in a row, with a space between them where the language has one."""
    return ("" if get_language() == settings.LANGUAGE_CODE else " ").join(map(str, said))


def beside(*said: object) -> str:
    """Return texts that stand in one line, with the gap of the language between them."""
    return ("\u3000" if get_language() == settings.LANGUAGE_CODE else " – ").join(map(str, said))
