"""Middleware of the whole site, in the settings' order."""

import ipaddress
from collections.abc import Callable, Mapping

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import (
    get_language,
    get_language_from_request,
    override,
)

from accounts.sessions import store_of
from myna_auth.pages import LEADS_TO_IDENTITY_SERVICE
from outages.database import patience
from ui.kept import SAYS_NOTHING
from ui.languages import is_known

# In place of networks: the admin may be opened from everywhere.
ANYWHERE = "any"
# What pages use is theirs: passkeys, and the light that the patron card keeps on.
OWN = ("publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock")
NOBODYS = {
    *("accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read"),
    *("clipboard-write", "display-capture", "encrypted-media", "fullscreen", "gamepad"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "keyboard-map", "local-fonts"),
    *("magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture"),
    *("serial", "storage-access", "sync-xhr", "usb", "window-management", "xr-spatial-tracking"),
}
PERMISSIONS_POLICY = ", ".join(
    [f"{name}=(self)" for name in OWN] + [f"{name}=()" for name in sorted(NOBODYS)]
)


def is_admin(request: HttpRequest) -> bool:
    """Return whether an address is the admin's, for somebody for whom there is one."""
    return not hasattr(request, "urlconf") and f"{request.path_info}/".startswith(
        f"/{settings.ADMIN_PATH}"
    )


def same_for_all() -> Mapping[str, str]:
    """Return the headers that do not depend on the page, by name.

    HSTS is among them wherever residents use https, even where the last hop of a request did not or
    nobody can tell: browsers ignore it there (RFC 6797, section 8.1).
    """
    headers = {
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
        )
    return headers


class HeadersMiddleware(CSPMiddleware):
    """Add them, and the page's Content Security Policy, to what all other middleware returns.

    It stands first: static files and refused requests are answered before a later one is reached.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        for name, value in same_for_all().items():
            response.headers.setdefault(name, value)
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        match = request.resolver_match
        if match and getattr(match.func, LEADS_TO_IDENTITY_SERVICE, False):
            origins = {"form-action": settings.MYNA_FORM_ACTION_ORIGINS}
            parts.update = (parts.update or {}) | origins
        return parts


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
        if self._is_trusted(_parse(request.META.get("REMOTE_ADDR", ""))):
            for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
                address = _parse(hop.strip())
                if address is None:
                    break
                request.META["REMOTE_ADDR"] = str(address)
                if not self._is_trusted(address):
                    break
        else:
            for header in ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"):
                request.META.pop(header, None)
        return self.get_response(request)

    def _is_trusted(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class StaffNetworksMiddleware:
    """Let the admin be there for the staff's networks alone (STAFF_NETWORKS).

    From anywhere else its addresses are as unknown as any other that leads nowhere: the same page,
    in the reader's language. Stands below the middleware that finds the client's own address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        named = [] if ANYWHERE in settings.STAFF_NETWORKS else settings.STAFF_NETWORKS
        self.networks = [ipaddress.ip_network(cidr) for cidr in named]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.networks and is_admin(request):
            address = _parse(request.META.get("REMOTE_ADDR", ""))
            address = getattr(address, "ipv4_mapped", None) or address
            if not any(address in network for network in self.networks if address):
                setattr(request, "urlconf", "oita_library.public_urls")  # noqa: B010  # Django's
        return self.get_response(request)


class LanguageMiddleware:
    """Answer in the reader's language; the staff's pages are Japanese.

    In this order: `?language=` (what search engines and links ask for), the cookie, the browser's
    `Accept-Language`, Japanese. What a view puts into `request.language_chosen` is kept as the
    choice of this browser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not `GET` of every request: a query with too many parts is refused where it is read.
        named = "language=" in request.META.get("QUERY_STRING", "")
        asked = request.GET.get("language", "") if named else ""
        if is_admin(request):
            language = settings.LANGUAGE_CODE
        elif asked and is_known(asked):
            language = asked
        else:
            language = get_language_from_request(request)
        with override(language):
            response = self.get_response(request)
            if getattr(response, SAYS_NOTHING, False):
                return response
            response.headers.setdefault("Content-Language", get_language())
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if chosen := getattr(request, "language_chosen", ""):
            keep_language(response, chosen)
        return response


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
        login = reverse("admin:login" if is_admin(request) else settings.LOGIN_URL)
        response = redirect_to_login(request.get_full_path(), login)
        if ended := store_of(request).ended:
            response["Location"] += f"&{urlencode({'ended': ended})}"
        add_never_cache_headers(response)
        return response


def keep_language(response: HttpResponse, language: str) -> None:
    """Have the browser remember a language."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
