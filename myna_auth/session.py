"""The one thing the identity client keeps in the session: a secret that names this browser."""

import secrets

from django.contrib.sessions.backends.base import SessionBase

BROWSER_SECRET = "myna_browser_secret"  # noqa: S105


def browser_secret(session: SessionBase) -> str | None:
    """Return this browser's secret, or None when it never started an identification."""
    return session.get(BROWSER_SECRET)


def ensure_browser_secret(session: SessionBase) -> str:
    """Return this browser's secret, made at the first start.

    Two tabs share it, so each can finish its own identification.
    """
    secret = browser_secret(session)
    if secret is None:
        secret = session[BROWSER_SECRET] = secrets.token_urlsafe(32)
    return secret


def start_afresh(session: SessionBase) -> None:
    """Forget everybody and everything of the session, under a new key.

    The browser stays the browser: an answer that arrives a second time is still recognised.
    """
    secret = browser_secret(session)
    session.flush()
    if secret is not None:
        session[BROWSER_SECRET] = secret
