"""Who we are to an authenticator, and what we ask of it (WebAuthn Level 3, sections 5.4, 5.5).

py_webauthn could write these dictionaries too, but it brings cryptography into the process, and
every visitor of a login page gets one.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import urlsafe_base64_encode

from accounts.models import Passkey

# COSE numbers: ES256, EdDSA, RS256.
ALGORITHMS = (-7, -8, -257)
CHALLENGE_BYTES = 32
BROWSER_WAITS_MS = timedelta(minutes=4) // timedelta(milliseconds=1)
DEFAULT_PORTS = {"http": 80, "https": 443}


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


def rp_id() -> str:
    """Return the domain that our passkeys belong to: the host of PUBLIC_BASE_URL."""
    return urlsplit(settings.PUBLIC_BASE_URL).hostname or ""


def origin() -> str:
    """Return the only origin whose answers count, as browsers write it."""
    public = urlsplit(settings.PUBLIC_BASE_URL)
    given = public.port not in (None, DEFAULT_PORTS.get(public.scheme))
    return f"{public.scheme}://{public.hostname}{f':{public.port}' if given else ''}"


def creation_options(
    *, user_handle: bytes, user_name: str, existing: Iterable[Passkey]
) -> dict[str, Any]:
    """Return the options for `navigator.credentials.create`, as JSON with base64url.

    The key must be found without naming it, and only after its holder has unlocked the device.
    Nobody is asked what kind of device it is.
    """
    return {
        "rp": {"id": rp_id(), "name": settings.LIBRARY_NAME},
        "user": {
            "id": urlsafe_base64_encode(user_handle),
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
    """Return the options for `navigator.credentials.get`, the same whoever is going to log in."""
    return {
        "challenge": _new_challenge(),
        "rpId": rp_id(),
        "timeout": BROWSER_WAITS_MS,
        "allowCredentials": [],
        "userVerification": "required",
    }


def _new_challenge() -> str:
    return urlsafe_base64_encode(secrets.token_bytes(CHALLENGE_BYTES))
