"""The identity service's signing keys: fetched seldom, shared by every worker, chosen by `kid`.

The document lives in one database row, so a rotation is learnt once for all processes and an
attacker's unknown `kid`s drain one bucket, not one per process. A process goes by what it read for
a minute, never longer than the row is fresh.
"""

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
from jose.utils import base64url_decode

from myna_auth.claims import parse_object
from myna_auth.errors import AnswerRejected, ProviderUnavailable
from myna_auth.models import ProviderKeySet
from myna_auth.provider import Provider

FRESH = timedelta(hours=1)
CLOCK_SKEW = timedelta(minutes=2)
REMEMBERED_SECONDS = 60.0
BUCKET_SIZE = 5.0
BUCKET_SECONDS = 10.0
MAXIMUM_KEYS = 50
MINIMUM_RSA_BYTES = 256
# What a key for each algorithm consists of; no other member reaches the library.
MEMBERS = {
    "ES256": {"kty": r"EC", "crv": r"P-256", "x": r"[A-Za-z0-9_-]{43}", "y": r"[A-Za-z0-9_-]{43}"},
    "RS256": {"kty": r"RSA", "n": r"[A-Za-z0-9_-]{342,1366}", "e": r"[A-Za-z0-9_-]{1,6}"},
}


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
    if keys is None or not keys.fresh or monotonic() >= until:
        return None
    return choose_key(keys.document, key_id=key_id, algorithm=algorithm)


def stored_keys(provider: Provider) -> CachedKeys:
    """Return the JWKS that any process has stored, fresh or not."""
    row = ProviderKeySet.objects.filter(uri=provider.jwks_uri).first()
    if row is None or not row.document:
        return CachedKeys(None, None)
    return _remember(provider, CachedKeys(_parse(row.document), row.fetched_at))


def fetch_keys(provider: Provider, *, ask: Callable[[str, str], bytes]) -> CachedKeys:
    """Fetch the JWKS anew and store it; `ask(name, url)` calls the service.

    Raises ProviderUnavailable when it gives no JWKS, or when the bucket of fetches is empty.
    """
    if not _take_fetch(provider.jwks_uri):
        raise ProviderUnavailable("jwks_bucket")
    body = ask("jwks", provider.jwks_uri)
    keys = CachedKeys(_parse(body), timezone.now())
    ProviderKeySet.objects.filter(uri=provider.jwks_uri).update(
        document=body.decode(), fetched_at=keys.fetched_at
    )
    return _remember(provider, keys)


def _remember(provider: Provider, keys: CachedKeys) -> CachedKeys:
    _remembered[provider.jwks_uri] = keys, monotonic() + REMEMBERED_SECONDS
    return keys


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

    Without a name it is the only suitable key; several, or one name twice, raise AnswerRejected.
    """
    keys = document["keys"] if document else []
    suitable = [key for key in keys if _suits(key, algorithm)]
    if key_id is not None:
        suitable = [key for key in suitable if key.get("kid") == key_id]
    if not suitable:
        return None
    if len(suitable) > 1:
        raise AnswerRejected("kid_missing" if key_id is None else "kid_ambiguous")
    return _key(algorithm, **{name: suitable[0][name] for name in MEMBERS[algorithm]})


def _suits(jwk: object, algorithm: str) -> bool:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return False
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return False
    if algorithm not in MEMBERS or jwk.get("alg", algorithm) != algorithm:
        return False
    return all(
        isinstance(jwk.get(name), str) and re.fullmatch(pattern, jwk[name])
        for name, pattern in MEMBERS[algorithm].items()
    )


@lru_cache(maxsize=32)
def _key(algorithm: str, **members: str) -> Key:
    """Make a key of checked members; ValueError for a point off the curve, a short modulus."""
    if algorithm == "ES256":
        return CryptographyECKey(members, algorithm)
    if len(base64url_decode(members["n"].encode()).lstrip(b"\0")) < MINIMUM_RSA_BYTES:
        raise ValueError
    return CryptographyRSAKey(members, algorithm)
