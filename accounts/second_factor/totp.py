"""The codes of an authenticator app (TOTP, RFC 6238), and its secret, sealed with SECRET_KEY.

Whoever reads a backup has no codes by it. A key that is being changed (SECRET_KEY_FALLBACKS) still
opens what it sealed; the next code that is used seals it with the new one.
"""

import re
from base64 import urlsafe_b64encode
from datetime import datetime
from hmac import compare_digest
from typing import TYPE_CHECKING

import pyotp
from django.conf import settings
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

STEP_SECONDS = 30
# Clocks of phones and of keys that are not set for years; RFC 6238, section 5.2.
STEPS_ASIDE = 1
_CODE = re.compile("[0-9]{6}")
_SALT = "accounts.second_factor.totp"


def new_secret() -> str:
    """Return 160 random bits in base32, as apps take them."""
    return pyotp.random_base32()


def address(*, secret: str, username: str) -> str:
    """Return the otpauth address that an app reads from the QR code."""
    name = str(settings.LIBRARY_NAME)
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=name)


def step_of(*, secret: str, code: str, now: datetime) -> int | None:
    """Return the half minute to which a code belongs, None where it does to none about now."""
    if not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_SECONDS
    steps = range(current - STEPS_ASIDE, current + STEPS_ASIDE + 1)
    return next((step for step in steps if compare_digest(totp.generate_otp(step), code)), None)


def sealed(secret: str) -> bytes:
    return _seals().encrypt(secret.encode())


def opened(sealed_secret: bytes) -> str | None:
    """Return a secret; None where it was sealed with a key that there is no more."""
    from cryptography.fernet import InvalidToken

    try:
        return _seals().decrypt(sealed_secret).decode()
    except InvalidToken:
        return None


def _seals() -> "MultiFernet":
    # Keeps cryptography out of the web process until somebody uses an app.
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet(
        [
            Fernet(
                urlsafe_b64encode(salted_hmac(_SALT, "", secret=key, algorithm="sha256").digest())
            )
            for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ]
    )
