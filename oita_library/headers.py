"""What every response tells the browser, whoever answers: view, static file, error."""

from collections.abc import Mapping

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from myna_auth.pages import LEADS_TO_IDENTITY_SERVICE

# What pages use is theirs: passkeys, and the light that the patron card keeps on.
OWN = ("publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock")
NOBODYS = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join([f"{name}=(self)" for name in OWN] + [f"{n}=()" for n in NOBODYS])


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
