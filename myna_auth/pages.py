"""What a page with a button to the identity service needs, whichever app it belongs to.

Such a page includes `components/mynumber_button.html` (or a button of its own that posts `purpose`
to `myna:start`) and, above it, `components/mynumber_notes.html`.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest

from myna_auth.errors import Interruption
from ui.browsers import is_inside_an_app
from ui.pages import View

INTERRUPTION = "interrupted"
LEADS_TO_IDENTITY_SERVICE = "leads_to_identity_service"


def leads_to_identity_service(view: View) -> View:
    """Mark a view whose page may send its visitor to the identity service with a POST.

    Chromium checks `form-action` along the whole redirect chain (CSP Level 3, section 6.4.2), so
    the site's middleware adds MYNA_FORM_ACTION_ORIGINS to it.
    """
    setattr(view, LEADS_TO_IDENTITY_SERVICE, True)
    return view


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
