"""The identity service's signing keys: fetched seldom, shared by every worker, chosen by `kid`.

The document lives in one database row, so a rotation is learnt once for all processes and an
attacker's unknown `kid`s drain one bucket, not one per process. A process goes by what it read for
a minute, never longer than the row is fresh.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils import timezone
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyECKey, CryptographyRSAKey

from myna_auth.errors import AnswerRejected, ProviderUnavailable
from myna_auth.models import ProviderKeySet
from myna_auth.provider import Provider
from myna_auth.strict_json import parse_object

FRESH = timedelta(hours=1)
CLOCK_SKEW = timedelta(minutes=2)
REMEMBERED_SECONDS = 60.0
BUCKET_SIZE = 5.0
BUCKET_SECONDS = 10.0
MAXIMUM_KEYS = 50
COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")
MODULUS = re.compile(r"[A-Za-z0-9_-]{342,1366}")
EXPONENT = re.compile(r"[A-Za-z0-9_-]{1,6}")

Ask = Callable[[str, str, str], bytes]


@dataclass(frozen=True)
class CachedKeys:
    """The stored JWKS, if any, and when it was fetched."""

    document: dict[str, Any] | None
    fetched_at: datetime | None

    @property
    def fresh(self) -> bool:
        # What is still to be fetched was fetched by a clock that was ahead: who knows when.
        return (
            self.fetched_at is not None and -CLOCK_SKEW <= timezone.now() - self.fetched_at < FRESH
        )


# What this process last read or fetched and until when (monotonic) it may go by it, by address.
_remembered: dict[str, tuple[CachedKeys, float]] = {}


def remembered_key(provider: Provider, *, key_id: str | None, algorithm: str) -> Key | None:
    """Return the key from this process's memory, None when it is not there or no longer fresh."""
    keys, until = _remembered.get(provider.jwks_uri, (None, 0.0))
    if keys is None or keys.document is None or not keys.fresh or monotonic() >= until:
        return None
    return choose_key(keys.document, key_id=key_id, algorithm=algorithm)


def stored_keys(provider: Provider) -> CachedKeys:
    """Return the JWKS that any process has stored, fresh or not."""
    row = ProviderKeySet.objects.filter(uri=provider.jwks_uri).first()
    if row is None or not row.document:
        return CachedKeys(None, None)
    return _remember(provider, CachedKeys(_parse(row.document), row.fetched_at))


def _remember(provider: Provider, keys: CachedKeys) -> CachedKeys:
    _remembered[provider.jwks_uri] = keys, monotonic() + REMEMBERED_SECONDS
    return keys


def fetch_keys(provider: Provider, *, ask: Ask) -> CachedKeys | None:
    """Fetch the JWKS anew and store it; None when the bucket of fetches is empty.

    `ask(name, method, url)` calls the service. Raises ProviderUnavailable when it gives no JWKS.
    """
    if not _take_fetch(provider.jwks_uri):
        return None
    body = ask("jwks", "GET", provider.jwks_uri)
    document = _parse(body)
    now = timezone.now()
    ProviderKeySet.objects.filter(uri=provider.jwks_uri).update(
        document=body.decode(), fetched_at=now
    )
    return _remember(provider, CachedKeys(document, now))


def _parse(text: bytes | str) -> dict[str, Any]:
    document = parse_object(text, ProviderUnavailable("jwks_not_json"))
    if not isinstance(document.get("keys"), list) or len(document["keys"]) > MAXIMUM_KEYS:
        raise ProviderUnavailable("jwks_malformed")
    return document


@transaction.atomic
def _take_fetch(uri: str) -> bool:
    """Take one fetch from the bucket: BUCKET_SIZE at once, one more per BUCKET_SECONDS."""
    now = timezone.now()
    ProviderKeySet.objects.bulk_create(
        [ProviderKeySet(uri=uri, fetches_left=BUCKET_SIZE, counted_at=now)], ignore_conflicts=True
    )
    row = ProviderKeySet.objects.select_for_update().get(uri=uri)
    gained = max(0.0, (now - row.counted_at).total_seconds()) / BUCKET_SECONDS
    left = min(BUCKET_SIZE, row.fetches_left + gained)
    row.counted_at = now
    row.fetches_left = left - 1 if left >= 1 else left
    row.save(update_fields=["fetches_left", "counted_at"])
    return left >= 1


def choose_key(
    document: Mapping[str, Any] | None, *, key_id: str | None, algorithm: str
) -> Key | None:
    """Return the one key for `algorithm` named `key_id`; None when no key has that name.

    Without a name the only suitable key is taken; several, or one name twice, raise
    AnswerRejected.
    """
    keys = document["keys"] if document else []
    suitable = [key for key in keys if _suits(key, algorithm)]
    if key_id is not None:
        suitable = [key for key in suitable if key.get("kid") == key_id]
    if not suitable:
        return None
    if len(suitable) > 1:
        raise AnswerRejected("kid_missing" if key_id is None else "kid_ambiguous")
    (jwk,) = suitable
    if algorithm == "ES256":
        return _elliptic_key(jwk["x"], jwk["y"])
    return _rsa_key(jwk["n"], jwk["e"])


def _suits(jwk: object, algorithm: str) -> bool:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return False
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return False
    if jwk.get("alg", algorithm) != algorithm:
        return False
    if algorithm == "ES256":
        return (
            jwk.get("kty") == "EC"
            and jwk.get("crv") == "P-256"
            and _matches(COORDINATE, jwk.get("x"))
            and _matches(COORDINATE, jwk.get("y"))
        )
    return (
        algorithm == "RS256"
        and jwk.get("kty") == "RSA"
        and _matches(MODULUS, jwk.get("n"))
        and _matches(EXPONENT, jwk.get("e"))
    )


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


@lru_cache(maxsize=16)
def _elliptic_key(x: str, y: str) -> Key:
    # Only checked members reach the library; a point off the curve raises ValueError here.
    return CryptographyECKey({"kty": "EC", "crv": "P-256", "x": x, "y": y}, "ES256")


@lru_cache(maxsize=16)
def _rsa_key(n: str, e: str) -> Key:
    modulus = base64.urlsafe_b64decode(n + "=" * (-len(n) % 4)).lstrip(b"\0")
    if len(modulus) < 256:
        raise ValueError
    return CryptographyRSAKey({"kty": "RSA", "n": n, "e": e}, "RS256")
