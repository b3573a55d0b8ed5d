"""What the identity client keeps in the session: a secret that names this browser, and where the
last answers led."""

import secrets
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

BROWSER_SECRET = "myna_browser_secret"  # noqa: S105
LED_TO = "myna_led_to"
# Several tabs may come back, each a second time.
LED_TO_KEPT = 3


def browser_secret(session: SessionBase) -> str | None:
    """Return this browser's secret, or None when it never started an identification."""
    return session.get(BROWSER_SECRET)


def ensure_browser_secret(session: SessionBase) -> str:
    """Return this browser's secret, made at the first start; its tabs share it."""
    secret = browser_secret(session)
    if secret is None:
        secret = session[BROWSER_SECRET] = secrets.token_urlsafe(32)
    return secret


def start_afresh(request: HttpRequest) -> None:
    """Forget everybody and everything of the session, under a new key.

    The browser stays the browser: an answer that arrives a second time is still recognised.
    """
    session: Any = request.session
    secret = browser_secret(session)
    session.start_afresh()
    if secret is not None:
        session[BROWSER_SECRET] = secret


def keep_led_to(session: SessionBase, request_id: int, address: str) -> None:
    """Keep where an answer led, for when the browser brings it again."""
    others = [led for led in session.get(LED_TO, []) if led[0] != request_id]
    session[LED_TO] = [*others[1 - LED_TO_KEPT :], [request_id, address]]


def led_to(session: SessionBase, request_id: int) -> str | None:
    """Return where the answer to this request led; None where this session does not know."""
    return dict(session.get(LED_TO, [])).get(request_id)
