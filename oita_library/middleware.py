"""Middleware of the whole site."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from accounts.sessions import store_of
from outages.database import patience

FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")


class DatabasePatienceMiddleware:
    """Let a request wait for the database for so long in all, whatever it asks how often."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with patience.of_a_request():
            return self.get_response(request)


class ClientAddressMiddleware:
    """Put the client's own address into REMOTE_ADDR when the peer is a trusted proxy.

    `X-Forwarded-For` is read from the right, skipping `TRUSTED_PROXY_CIDRS`; from any other peer
    it is dropped together with `X-Forwarded-Proto`, so a forged header changes nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = [ipaddress.ip_network(cidr) for cidr in settings.TRUSTED_PROXY_CIDRS]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
                address = _parse(hop.strip())
                if address is None:
                    break
                request.META["REMOTE_ADDR"] = str(address)
                if not self._is_trusted(str(address)):
                    break
        else:
            for header in FORWARDED_HEADERS:
                request.META.pop(header, None)
        return self.get_response(request)

    def _is_trusted(self, text: str) -> bool:
        address = _parse(text)
        return address is not None and any(address in network for network in self.trusted)


class PrivateByDefaultMiddleware(LoginRequiredMiddleware):
    """Ask who the visitor is only on pages that are not public.

    Django's own asks first and looks at the view afterwards: a public page would read the session,
    and fail with the database.

    A browser whose login is over takes along to the login page in which way it ended, so that the
    page can say so without knowing whose it was.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        """Send to the login: staff to the admin's own, from whichever of its pages they ask for."""
        is_admin = request.resolver_match and request.resolver_match.app_name == "admin"
        login = reverse("admin:login" if is_admin else settings.LOGIN_URL)
        response = redirect_to_login(request.get_full_path(), login)
        if ended := store_of(request).ended:
            response["Location"] += f"&{urlencode({'ended': ended})}"
        add_never_cache_headers(response)
        return response


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
