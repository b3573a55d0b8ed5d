"""Writes of the identity client: requests are begun, consumed once, and swept."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from myna_auth.errors import NotThisBrowser, RequestExpired, RequestRepeated
from myna_auth.models import AuthRequest

STATE = re.compile(r"[A-Za-z0-9_-]{43}")
# Waiting for a place, the database, and what the purpose does with the identity.
REST_OF_THE_WORK = timedelta(seconds=15)


class BegunRequest(NamedTuple):
    """What the authorization request carries, in clear, for the moment of the redirect only."""

    state: str
    nonce: str
    code_verifier: str


class AuthRequestAnswer(NamedTuple):
    """A spent request as it was before, and why its answer may not be used (or None)."""

    request: AuthRequest
    refusal: RequestRepeated | RequestExpired | None


@transaction.atomic
def begin_request(*, purpose: str, browser_secret: str, user: Any) -> BegunRequest:
    """Store a new request bound to this browser and purpose, and to the user who is logged in."""
    begun = BegunRequest(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(64),
    )
    AuthRequest.objects.create(
        state_hash=digest(begun.state),
        browser_hash=digest(browser_secret),
        nonce=begun.nonce,
        code_verifier=begun.code_verifier,
        purpose=purpose,
        user=user,
    )
    return begun


def consume_request(*, state: str, browser_secret: str | None) -> AuthRequestAnswer:
    """Spend the request of `state`; raise NotThisBrowser when this browser has none of that state.

    It is spent (committed) whatever becomes of the answer, also when another browser brings it: a
    state that left its browser is burnt.
    """
    if not STATE.fullmatch(state):
        raise NotThisBrowser("state_missing" if not state else "state_malformed")
    now = timezone.now()
    # One statement, so no transaction is opened.
    found = AuthRequest.objects.spend(digest(state), now)
    if found is None:
        raise NotThisBrowser("state_unknown")
    if not hmac.compare_digest(found.browser_hash, digest(browser_secret or "")):
        if found.spent_now:
            answer_request(pk=found.pk)
        raise NotThisBrowser("no_session" if browser_secret is None else "other_browser")
    if not found.spent_now:
        return AuthRequestAnswer(found, RequestRepeated("state_replayed"))
    is_over = found.is_over(now)
    return AuthRequestAnswer(found, RequestExpired("request_expired") if is_over else None)


def answer_request(*, pk: int) -> None:
    """Note that nothing more will come of a spent request than has come."""
    AuthRequest.objects.filter(pk=pk).update(answered_at=timezone.now())


def is_being_answered(*, state: str) -> bool:
    """Return whether the arrival that spent the request of this state is still at work on it."""
    found = AuthRequest.objects.filter(state_hash=digest(state)).first()
    if found is None or found.consumed_at is None or found.answered_at is not None:
        return False
    # Past that the process that was at work has been killed.
    longest = timedelta(seconds=2 * settings.MYNA_TIMEOUT_SECONDS) + REST_OF_THE_WORK
    return abs(timezone.now() - found.consumed_at) < longest


@transaction.atomic
def purge_requests() -> int:
    """Empty requests whose time is over, delete those of a day ago; return how many are deleted."""
    now = timezone.now()
    AuthRequest.objects.to_be_emptied(now).update(nonce="", code_verifier="", user=None)
    deleted, _ = AuthRequest.objects.purgeable(now).delete()
    return deleted


def forget_requests() -> int:
    """Delete every request, also one under way: after a restore, a spent one would work again."""
    return AuthRequest.objects.all().delete()[0]


def digest(secret: str) -> str:
    """Return the SHA-256 hex digest of a secret that has full entropy of its own."""
    return hashlib.sha256(secret.encode()).hexdigest()
