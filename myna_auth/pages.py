"""What a page with a button to the identity service needs, whichever app it belongs to.

Such a page includes `components/mynumber_button.html` (or a button of its own that posts `purpose`
to `myna:start`) and, above it, `components/mynumber_notes.html`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from myna_auth.errors import Interruption
from ui.browsers import is_inside_an_app

INTERRUPTION = "interrupted"


def leads_to_identity_service(view: Callable[..., HttpResponse]) -> Callable[..., Any]:
    """Allow the POST of the page's card button to end at the identity service.

    Chromium checks `form-action` along the whole redirect chain (CSP Level 3, section 6.4.2).
    """

    @wraps(view)
    def allowing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        origins = {"form-action": settings.MYNA_FORM_ACTION_ORIGINS}
        return csp_update(origins)(view)(request, *args, **kwargs)

    return allowing


def with_interruption(address: str, reason: str) -> str:
    """Return a page's address that makes it say why an identification ended early."""
    parts = urlsplit(address)
    said = [pair for pair in parse_qsl(parts.query, True) if pair[0] != INTERRUPTION]
    return parts._replace(query=urlencode([*said, (INTERRUPTION, reason)])).geturl()


def mynumber_notes(request: HttpRequest) -> dict[str, Any]:
    """Return what `components/mynumber_notes.html` shows: an early end, an app's own browser."""
    reason = request.GET.get(INTERRUPTION, "")
    if reason and reason not in set(Interruption):
        reason = Interruption.REJECTED.value
    return {
        "interruption": reason,
        "inside_an_app": is_inside_an_app(request.headers.get("User-Agent", "")),
    }
