"""What a page is: with which methods it is asked for, that nobody stores it, who may open it.

Where nothing is said, whoever is not logged in is sent to the login.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

View = Callable[..., HttpResponse]


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
