"""Middleware of the audit record."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit.context import answering


class AuditMiddleware:
    """Let whatever is recorded while a request is answered know who sent it, and from where.

    Stands below the middleware that puts the client's own address into REMOTE_ADDR.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            return self.get_response(request)
