"""Pages of the counter are there only where this product lends."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern

from circulation.port import Capability, library_system
from staff.base import StaffModelAdmin

LEND = "circulation.lend_loan"
COUNT = "circulation.count_loan"


def lends_here() -> bool:
    return Capability.LEND in library_system().capabilities


class OnlyWhereWeLend(StaffModelAdmin):
    """Pages that are neither in the menu nor at their addresses where another system lends.

    None of their lists is a file: who has what is in none.
    """

    def may_export(self, request: HttpRequest) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return lends_here() and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return lends_here() and super().has_view_permission(request, obj)

    @property
    def urls(self) -> list[URLPattern]:
        """The addresses of all pages, each 404 where another system lends."""
        patterns = super().urls
        for pattern in patterns:
            pattern.callback = _where_we_lend(pattern.callback)
        return patterns


def _where_we_lend(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def here(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not lends_here():
            raise Http404
        return view(request, *args, **kwargs)

    return here
