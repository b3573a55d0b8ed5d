"""The relying party: an authorization code becomes a verified identity, or an error with a reason.

It knows no request or response of Django's. Import it lazily: the HTTP client and cryptography
stay out of web processes until somebody comes back from the identity service.
"""

import hmac
import threading
from time import monotonic
from typing import Any

from django.conf import settings
from jose.backends.base import Key

from myna_auth import keysets, transport
from myna_auth.claims import VerifiedIdentity, parse_identity
from myna_auth.errors import AnswerRejected, ProviderUnavailable
from myna_auth.keys import ASSERTION_TYPE, KeyProblem, client_assertion
from myna_auth.provider import Provider
from myna_auth.strict_json import parse_object
from myna_auth.tokens import verify_id_token

SLOT_SECONDS = 1.0

# Half of a process's threads at most wait for the service, so the other half keeps serving.
_slots = threading.BoundedSemaphore(max(1, settings.GUNICORN_THREADS // 2))


def identify(provider: Provider, *, code: str, nonce: str, code_verifier: str) -> VerifiedIdentity:
    """Exchange the code, verify the ID token, ask UserInfo; raise ProviderUnavailable or
    AnswerRejected.

    The tokens live only in this call. Each request to the service has `provider.timeout` seconds,
    all of them together twice that.
    """
    if not _slots.acquire(timeout=SLOT_SECONDS):
        raise ProviderUnavailable("busy")
    try:
        return _Login(provider).identify(code, nonce, code_verifier)
    finally:
        _slots.release()


class _Login:
    """One login's way through the service."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.end = monotonic() + 2 * provider.timeout
        # Read before the first call, because no connection is held during one.
        self.keys = keysets.cached_keys(provider)

    def identify(self, code: str, nonce: str, code_verifier: str) -> VerifiedIdentity:
        access_token, id_token = self._exchange(code, code_verifier)
        subject = verify_id_token(
            id_token,
            provider=self.provider,
            nonce=nonce,
            access_token=access_token,
            find_key=self._find_key,
        )
        claims = self._userinfo(access_token)
        returned = claims.get("sub")
        if not isinstance(returned, str) or not hmac.compare_digest(
            returned.encode("utf-8", "surrogatepass"), subject.encode()
        ):
            raise AnswerRejected("userinfo_sub")
        return parse_identity(issuer=self.provider.issuer, subject=subject, claims=claims)

    def _exchange(self, code: str, code_verifier: str) -> tuple[str, str]:
        """Return access and ID token. The code is single use, so this is never tried again."""
        try:
            assertion = client_assertion(self.provider)
        except KeyProblem as problem:
            raise ProviderUnavailable("client_key") from problem
        body = transport.call(
            "token",
            "POST",
            self.provider.token_endpoint,
            deadline=self._deadline(),
            form={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.provider.redirect_uri,
                "client_id": self.provider.client_id,
                "code_verifier": code_verifier,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion,
            },
        )
        answer = parse_object(body, ProviderUnavailable("token_not_json"))
        kind, access_token, id_token = (
            answer.get(name) for name in ("token_type", "access_token", "id_token")
        )
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise AnswerRejected("token_type")
        if not isinstance(id_token, str) or not id_token:
            raise AnswerRejected("id_token_missing")
        if not isinstance(access_token, str) or not _is_header_safe(access_token):
            raise AnswerRejected("access_token_missing")
        return access_token, id_token

    def _find_key(self, key_id: str | None, algorithm: str) -> Key:
        """Return the key named in the token, fetching the key set when it is old or lacks it."""
        fetched = False
        if self.keys.document is None or not self.keys.fresh:
            fetched = self._refresh(needed=self.keys.document is None)
        key = keysets.choose_key(self.keys.document, key_id=key_id, algorithm=algorithm)
        if key is None and not fetched and self._refresh(needed=False):
            key = keysets.choose_key(self.keys.document, key_id=key_id, algorithm=algorithm)
        if key is None:
            raise AnswerRejected("kid_unknown")
        return key

    def _refresh(self, *, needed: bool) -> bool:
        """Fetch the key set; without need, an old one is good enough when that fails."""
        try:
            keys = keysets.fetch_keys(self.provider, deadline=self._deadline())
        except ProviderUnavailable:
            if needed:
                raise
            return False
        if keys is None:
            if needed:
                raise ProviderUnavailable("jwks_bucket")
            return False
        self.keys = keys
        return True

    def _userinfo(self, access_token: str) -> dict[str, Any]:
        """Ask UserInfo, once more when the first attempt gave no answer: it changes nothing."""
        try:
            body = self._call_userinfo(access_token)
        except ProviderUnavailable:
            body = self._call_userinfo(access_token)
        return parse_object(body, ProviderUnavailable("userinfo_not_json"))

    def _call_userinfo(self, access_token: str) -> bytes:
        return transport.call(
            "userinfo",
            "GET",
            self.provider.userinfo_endpoint,
            deadline=self._deadline(),
            headers={"Authorization": f"Bearer {access_token}"},
        )

    def _deadline(self) -> float:
        return min(self.end, monotonic() + self.provider.timeout)


def _is_header_safe(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
