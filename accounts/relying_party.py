"""Who we are to an authenticator, what we ask of it, and which challenges a browser may answer.

Asked for: a discoverable key, user verification always, no attestation. A device stores a random
handle and the patron number, never a name. A challenge is for one purpose, five minutes and one
answer. Refusals say the same whatever the reason and count against the address alone, since no
account is named before the proof.

py_webauthn could write the options too, but it brings cryptography into the process, and every
visitor of a login page gets some.
"""

import json
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from accounts.models import Passkey, Session, User
from accounts.timeouts import CLOCK_SKEW

# COSE numbers: ES256, EdDSA, RS256.
ALGORITHMS = (-7, -8, -257)
CHALLENGE_BYTES = HANDLE_BYTES = 32
MAXIMUM_PASSKEYS = 10
BROWSER_WAITS_MS = timedelta(minutes=4) // timedelta(milliseconds=1)
DEFAULT_PORTS = {"http": 80, "https": 443}
CHALLENGES = "accounts_challenges_"
CHALLENGE_LASTS = timedelta(minutes=5)
# Several tabs may wait for an answer at the same time.
OPEN_CHALLENGES = 5


class Ceremony(StrEnum):
    """What an authenticator is asked to sign for."""

    REGISTRATION = "registration"
    LOGIN = "login"


class PasskeyRefusal(StrEnum):
    """Why an authenticator's answer was refused; for the log, never for a page."""

    UNREADABLE = "unreadable"
    CHALLENGE = "challenge"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    NOT_PROVED = "not_proved"
    SIGN_COUNT = "sign_count"
    NOT_ACTIVE = "not_active"


class PasskeyRefused(Exception):
    """An authenticator's answer does not prove what it should."""

    def __init__(self, reason: PasskeyRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


class TooManyPasskeys(Exception):
    """The user has as many passkeys as a user may have."""


def rp_id() -> str:
    """Return the domain that our passkeys belong to: the host of PUBLIC_BASE_URL."""
    return urlsplit(settings.PUBLIC_BASE_URL).hostname or ""


def origin() -> str:
    """Return the only origin whose answers count, as browsers write it."""
    public = urlsplit(settings.PUBLIC_BASE_URL)
    given = public.port not in (None, DEFAULT_PORTS.get(public.scheme))
    return f"{public.scheme}://{public.hostname}{f':{public.port}' if given else ''}"


def user_with_room(user: User) -> tuple[User, list[Passkey]]:
    """Return the user, locked, with the passkeys so far; TooManyPasskeys where no more fit."""
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    existing = list(stored.passkeys.all())
    if len(existing) >= MAXIMUM_PASSKEYS:
        raise TooManyPasskeys
    return stored, existing


@transaction.atomic
def begin_registration(*, user: User, user_name: str) -> dict[str, Any]:
    """Return the options for `navigator.credentials.create`; TooManyPasskeys where no more fit.

    JSON with base64url (WebAuthn Level 3, section 5.4). `user_name` is what the device shows when
    it asks which passkey to use.
    """
    stored, existing = user_with_room(user)
    if stored.passkey_handle is None:
        stored.passkey_handle = secrets.token_bytes(HANDLE_BYTES)
        stored.save(update_fields=["passkey_handle"])
    user.passkey_handle = stored.passkey_handle
    return {
        "rp": {"id": rp_id(), "name": settings.LIBRARY_NAME},
        "user": {
            "id": urlsafe_base64_encode(bytes(stored.passkey_handle)),
            "name": user_name,
            "displayName": user_name,
        },
        "challenge": _new_challenge(),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in ALGORITHMS],
        "timeout": BROWSER_WAITS_MS,
        "excludeCredentials": [
            {
                "type": "public-key",
                "id": urlsafe_base64_encode(bytes(passkey.credential_id)),
                "transports": passkey.transports,
            }
            for passkey in existing
        ],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options() -> dict[str, Any]:
    """Return the options for `navigator.credentials.get` (5.5), the same whoever logs in."""
    return {
        "challenge": _new_challenge(),
        "rpId": rp_id(),
        "timeout": BROWSER_WAITS_MS,
        "allowCredentials": [],
        "userVerification": "required",
    }


def _new_challenge() -> str:
    return urlsafe_base64_encode(secrets.token_bytes(CHALLENGE_BYTES))


def keep_challenge(session: SessionBase, ceremony: Ceremony, challenge: str) -> None:
    """Let this browser answer a challenge (base64url) within CHALLENGE_LASTS."""
    until = timezone.now() + CHALLENGE_LASTS
    kept = _open(session.get(CHALLENGES + ceremony, []))[1 - OPEN_CHALLENGES :]
    session[CHALLENGES + ceremony] = [*kept, [challenge, until.timestamp()]]


def take_challenge(session: SessionBase, ceremony: Ceremony, response: Any) -> str:
    """Return the challenge that an authenticator's response names, and forget it for good.

    Whatever else is wrong with the response, it has had its one try. PasskeyRefused where this
    browser was not given the challenge, or too long ago, or has answered it already.
    """
    with transaction.atomic():
        # Of two responses that arrive together the later one waits here, and finds it gone.
        rows = Session.objects.select_for_update().filter(pk=session.session_key)
        if session.session_key is None or not rows.values_list("pk"):
            raise PasskeyRefused(PasskeyRefusal.CHALLENGE)
        try:
            client_data = json.loads(urlsafe_base64_decode(response["response"]["clientDataJSON"]))
            named = str(client_data["challenge"])
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            raise PasskeyRefused(PasskeyRefusal.CHALLENGE) from None
        stored = type(session)(session.session_key)
        kept = _open(stored.get(CHALLENGES + ceremony, []))
        others = [[challenge, until] for challenge, until in kept if challenge != named]
        if len(others) == len(kept):
            # Nothing is written: the session may be about to end by the response that came first.
            raise PasskeyRefused(PasskeyRefusal.CHALLENGE)
        stored[CHALLENGES + ceremony] = session[CHALLENGES + ceremony] = others
        stored.save()
    return named


def _open(challenges: list[list[Any]]) -> list[list[Any]]:
    now = timezone.now().timestamp()
    # No challenge lasts longer: what does was given by a clock that was ahead.
    latest = now + (CHALLENGE_LASTS + CLOCK_SKEW).total_seconds()
    return [[challenge, until] for challenge, until in challenges if now < until <= latest]
