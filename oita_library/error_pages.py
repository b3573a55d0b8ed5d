"""Pages for what went wrong, rendered so that nothing can stand in their way."""

import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from psycopg.errors import (
    DeadlockDetected,
    LockNotAvailable,
    QueryCanceled,
    SerializationFailure,
)

from oita_library.middleware import is_admin
from outages.database import patience
from patrons.services import is_import_under_way
from registration.application.forms import FIELDS
from registration.application.views import form_to_send_again
from ui.pages import is_from_here, library

RETRY_AFTER_SECONDS = 60
# The server itself said that it took the statement, and with it the transaction, back; another one
# of the same request may have been committed before.
NOTHING_DONE = (LockNotAvailable, QueryCanceled, DeadlockDetected, SerializationFailure)


def error_page(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    """Render an error page without the request: no context processor, no session, no database.

    Below the admin's address there is no choice of language.
    """
    shown = library() | {"for_staff": is_admin(request)} | context
    response = HttpResponse(render_to_string(template, shown), status=status)
    response["Cache-Control"] = "no-store"
    return response


class WrongMethodMiddleware:
    """Give the empty 405 that Django answers to a wrong method a page.

    People meet it by reloading or bookmarking the address of a button.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.streaming or response.content:
            return response
        page = error_page(request, "405.html", 405)
        page["Allow"] = response["Allow"]
        return page


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be understood, or is too large."""
    return error_page(request, "admin/400.html" if is_admin(request) else "400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, "403.html", 403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, "404.html", 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form sent without its token (an old tab, blocked cookies) with 403.

    A login renews the token. The registration form of another tab comes back as it was filled in,
    where a page of ours sent it from a browser that takes our cookies.
    """
    if (
        is_from_here(request)
        and settings.CSRF_COOKIE_NAME in request.COOKIES
        and request.path in (reverse("registration:form"), reverse("myna:start"))
        and any(name in request.POST for name in FIELDS)
    ):
        return form_to_send_again(request)
    return error_page(request, "403_csrf.html", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer our own fault with 500, and an unreachable database with 503 and Retry-After.

    Django calls this while the exception is being handled, so `sys.exception()` tells which.
    """
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        return _outage_page(request, error)
    return error_page(request, "500.html", 500)


def _outage_page(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Say what became of the operation as far as known.

    What was typed comes along, to be sent again with one press; not where a password is among it.
    """
    cause = error.__cause__
    asking = patience.current_request()
    posted = request.method == "POST"
    again = posted and not any("password" in name for name in request.POST)
    context = {
        "updating": isinstance(cause, LockNotAvailable) and _is_updating(),
        "nothing_done": isinstance(cause, NOTHING_DONE) and not (asking and asking.has_committed),
        "posted": posted,
        "fields": [
            (name, value) for name, values in request.POST.lists() for value in values if again
        ],
        "address": request.get_full_path(),
    }
    response = error_page(request, "503.html", 503, **context)
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _is_updating() -> bool:
    try:
        return is_import_under_way()
    except DatabaseError:
        return False
