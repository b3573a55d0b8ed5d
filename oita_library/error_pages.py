"""Pages for what went wrong, rendered so that nothing can stand in their way."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from ui.pages import LIBRARY


def error_page(template: str, status: int, **context: Any) -> HttpResponse:
    """Render an error page without the request: no context processor, no session, no database."""
    response = HttpResponse(render_to_string(template, LIBRARY | context), status=status)
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
        page = error_page("405.html", 405)
        page["Allow"] = response["Allow"]
        return page
