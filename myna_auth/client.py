"""The relying party: an authorization code becomes a verified identity, or an error with a reason.

It knows no request or response of Django's. Import it lazily: the HTTP client and cryptography
stay out of web processes until somebody comes back from the identity service.
"""

import re
from functools import partial
from time import monotonic
from typing import Any

from django.conf import settings
from jose.backends.base import Key

from myna_auth import keysets, transport
from myna_auth.claims import VerifiedIdentity, parse_identity, parse_object
from myna_auth.errors import AnswerRejected, NoAnswer, ProviderUnavailable
from myna_auth.keys import KeyProblem, token_form
from myna_auth.provider import Provider
from myna_auth.tokens import same_text, verify_id_token
from outages.breaker import CircuitBreaker, Place, Refused

HEADER_SAFE = re.compile(r"[\x21-\x7e]+")

# Half of a process's threads at most wait for the service, so the other half keeps serving. Nothing
# is shared with other processes: each imports this module after its fork, and waits in none before.
_breaker = CircuitBreaker(max(1, settings.GUNICORN_THREADS // 2))


def identify(provider: Provider, *, code: str, nonce: str, code_verifier: str) -> VerifiedIdentity:
    """Exchange the code, verify the ID token, ask UserInfo; raise ProviderUnavailable or
    AnswerRejected.

    The tokens live only in this call. Each request to the service has `timeout_seconds`, all of
    them together twice that.
    """
    try:
        form = token_form(provider, code=code, code_verifier=code_verifier)
        with _breaker.place(silence=NoAnswer) as place:
            return _Login(provider, place).identify(form, nonce)
    except KeyProblem as problem:
        raise ProviderUnavailable("client_key") from problem
    except Refused as refused:
        raise ProviderUnavailable(refused.reason) from refused


class _Login:
    """One login's way through the service."""

    def __init__(self, provider: Provider, place: Place) -> None:
        self.provider = provider
        self.place = place
        self.end = monotonic() + 2 * provider.timeout_seconds
        self.fetched = self.unnamed = False

    def identify(self, form: dict[str, str], nonce: str) -> VerifiedIdentity:
        access_token, id_token = self._exchange(form)
        subject = self._verified_subject(id_token, access_token, nonce)
        claims = self._userinfo(access_token)
        if not same_text(claims.get("sub"), subject):
            raise AnswerRejected("userinfo_sub")
        return parse_identity(issuer=self.provider.issuer, subject=subject, claims=claims)

    def _exchange(self, form: dict[str, str]) -> tuple[str, str]:
        """Return access and ID token. The code is single use, so this is never tried again."""
        body = self._ask("token", self.provider.token_endpoint, form=form)
        answer = parse_object(body, ProviderUnavailable("token_not_json"))
        kind, access_token, id_token = (
            answer.get(name) for name in ("token_type", "access_token", "id_token")
        )
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise AnswerRejected("token_type")
        if not isinstance(id_token, str) or not id_token:
            raise AnswerRejected("id_token_missing")
        if not isinstance(access_token, str) or not HEADER_SAFE.fullmatch(access_token):
            raise AnswerRejected("access_token_missing")
        return access_token, id_token

    def _verified_subject(self, id_token: str, access_token: str, nonce: str) -> str:
        verify = partial(
            verify_id_token,
            id_token,
            provider=self.provider,
            nonce=nonce,
            access_token=access_token,
            find_key=self._find_key,
        )
        try:
            return verify()
        except AnswerRejected as refusal:
            # Without a kid nobody notices that a known key was replaced: look once more.
            replaced = self.unnamed and refusal.reason in ("id_token_signature", "kid_missing")
            if self.fetched or not replaced or not self._refresh(needed=False):
                raise
            return verify()

    def _find_key(self, key_id: str | None, algorithm: str) -> Key:
        """Return the key named in the token: remembered, stored, or fetched anew."""
        name: dict[str, Any] = {"key_id": key_id, "algorithm": algorithm}
        self.unnamed = key_id is None
        key = keysets.remembered_key(self.provider, **name)
        if key is not None:
            return key
        self.keys = keysets.stored_keys(self.provider)
        if self.keys.document is None or not self.keys.fresh:
            self._refresh(needed=self.keys.document is None)
        key = keysets.choose_key(self.keys.document, **name)
        if key is None and not self.fetched and self._refresh(needed=False):
            key = keysets.choose_key(self.keys.document, **name)
        if key is None:
            raise AnswerRejected("kid_unknown")
        return key

    def _refresh(self, *, needed: bool) -> bool:
        """Fetch the key set; without need, an old one is good enough when that fails."""
        try:
            self.keys = keysets.fetch_keys(self.provider, ask=self._ask)
        except ProviderUnavailable:
            if needed:
                raise
            return False
        self.fetched = True
        return True

    def _userinfo(self, access_token: str) -> dict[str, Any]:
        """Ask UserInfo, in the same time once more when the first attempt failed."""
        ask = partial(
            self._ask,
            "userinfo",
            self.provider.userinfo_endpoint,
            deadline=self._deadline(),
            headers={"Authorization": f"Bearer {access_token}"},
        )
        try:
            body = ask()
        except ProviderUnavailable:
            body = ask()
        return parse_object(body, ProviderUnavailable("userinfo_not_json"))

    def _ask(self, name: str, url: str, *, deadline: float | None = None, **sent: Any) -> bytes:
        """Call the service, and let those who wait for a place know that it answers."""
        try:
            body = transport.call(name, url, deadline=deadline or self._deadline(), **sent)
        except NoAnswer:
            raise
        except ProviderUnavailable:
            self.place.answered()
            raise
        self.place.answered()
        return body

    def _deadline(self) -> float:
        return min(self.end, monotonic() + self.provider.timeout_seconds)
