"""The ID token: its signature by python-jose, every claim by ourselves.

python-jose lets missing `exp` and `aud`, strings for times, and several kinds of keys pass, and
leaks other exceptions; so only `jws.verify` is used, with one chosen key and one algorithm, and
any exception is a refusal (OpenID Connect Core 1.0, section 3.1.3.7).
"""

import base64
import hashlib
import hmac
import math
import re
import time
from collections.abc import Callable
from typing import Any

from jose import jws
from jose.backends.base import Key

from myna_auth.claims import check_subject, parse_object
from myna_auth.errors import AnswerRejected, MynaError
from myna_auth.provider import SUPPORTED_ALGORITHMS, Provider

SKEW_SECONDS = 60
MAXIMUM_TOKEN_LENGTH = 16 * 1024
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

FindKey = Callable[[str | None, str], Key]


def verify_id_token(
    token: str, *, provider: Provider, nonce: str, access_token: str, find_key: FindKey
) -> str:
    """Return the subject of a valid ID token; raise AnswerRejected with the failed check.

    `find_key(kid, algorithm)` returns the key to verify with, or raises a MynaError itself.
    """
    try:
        payload = _verified_payload(token, provider, find_key)
        claims = parse_object(payload, AnswerRejected("id_token_not_json"))
        return _check_claims(claims, provider, nonce, access_token)
    except MynaError:
        raise
    except Exception as error:
        raise AnswerRejected("id_token_unreadable") from error


def _verified_payload(token: str, provider: Provider, find_key: FindKey) -> bytes:
    if len(token) > MAXIMUM_TOKEN_LENGTH or not COMPACT.fullmatch(token):
        raise AnswerRejected("id_token_form")
    head = token.partition(".")[0]
    raw = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    header = parse_object(raw, AnswerRejected("id_token_header_not_json"))
    algorithm = header.get("alg")
    if algorithm not in SUPPORTED_ALGORITHMS or algorithm not in provider.id_token_algs:
        raise AnswerRejected("id_token_alg")
    if "crit" in header:
        raise AnswerRejected("id_token_crit")
    key_id = header.get("kid")
    if key_id is not None and not isinstance(key_id, str):
        raise AnswerRejected("id_token_kid")
    key = find_key(key_id, algorithm)
    try:
        return jws.verify(token, key, algorithms=[algorithm])
    except Exception:
        raise AnswerRejected("id_token_signature") from None


def _check_claims(claims: dict[str, Any], provider: Provider, nonce: str, access_token: str) -> str:
    if claims.get("iss") != provider.issuer:
        raise AnswerRejected("id_token_iss")
    audience = claims.get("aud")
    if audience not in (provider.client_id, [provider.client_id]):
        raise AnswerRejected("id_token_aud")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise AnswerRejected("id_token_azp")
    now = time.time()
    if _moment(claims, "exp") + SKEW_SECONDS <= now:
        raise AnswerRejected("id_token_expired")
    if _moment(claims, "iat") - SKEW_SECONDS > now:
        raise AnswerRejected("id_token_iat_future")
    if "nbf" in claims and _moment(claims, "nbf") - SKEW_SECONDS > now:
        raise AnswerRejected("id_token_not_yet_valid")
    if not same_text(claims.get("nonce"), nonce):
        raise AnswerRejected("id_token_nonce")
    if "at_hash" in claims and not same_text(claims["at_hash"], access_token_hash(access_token)):
        raise AnswerRejected("id_token_at_hash")
    return check_subject(claims.get("sub"))


def access_token_hash(access_token: str) -> str:
    """Return the `at_hash` of an access token for ES256 and RS256: half a SHA-256."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if value is None:
        raise AnswerRejected(f"id_token_{name}_missing")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise AnswerRejected(f"id_token_{name}")
    return float(value)


def same_text(value: object, expected: str) -> bool:
    """Compare what the service sent with what it should be, in constant time."""
    return isinstance(value, str) and hmac.compare_digest(
        value.encode("utf-8", "surrogatepass"), expected.encode()
    )
