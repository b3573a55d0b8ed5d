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
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

View = Callable[..., HttpResponse]

# LIBRARY_PHONE is empty while unknown.
LIBRARY = {
    "LIBRARY_NAME": settings.LIBRARY_NAME,
    "LIBRARY_PHONE": settings.LIBRARY_PHONE,
    "DEMO": settings.DEMO,
}
LOGINS_REFUSED = "ログインの失敗が続いたため、受け付けを止めています"


def library(request: HttpRequest) -> dict[str, str | bool]:
    """Return the template context of every page."""
    return LIBRARY


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


def in_words(wait: timedelta) -> str:
    """Return a wait in words, rounded up: 「40秒」「3分」."""
    seconds = ceil(wait.total_seconds())
    return f"{seconds}秒" if seconds < 60 else f"{ceil(seconds / 60)}分"


def too_often(what: str, wait: timedelta) -> str:
    """Return the sentence about what went on too often, without its last full stop."""
    return f"{what}。{in_words(wait)}ほど待ってから、もう一度お試しください"


def with_wait(response: HttpResponse, wait: timedelta) -> HttpResponse:
    """Tell programs the wait, too."""
    response["Retry-After"] = ceil(wait.total_seconds())
    return response
