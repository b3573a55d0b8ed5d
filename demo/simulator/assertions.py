"""How the simulated service knows its client: private_key_jwt (RFC 7523), checked strictly."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jose.exceptions import JOSEError

from demo.simulator.crypto import decode_jwt, read_client_keys

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
CLOCK_SKEW = 5


@dataclass(frozen=True, kw_only=True)
class Client:
    """The one registered client; `key_file` is read anew at each check."""

    client_id: str
    redirect_uri: str
    key_file: str
    key_id: str = ""
    assertion_audience: str = ""


class TokenError(Exception):
    """A JSON error of the token endpoint (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


class AssertionDesk:
    """Checks client assertions and remembers each `jti` for as long as it could be replayed."""

    def __init__(self, client: Client, issuer: str) -> None:
        self.client = client
        given = client.assertion_audience
        self.audiences = (given,) if given else (f"{issuer}/protocol/openid-connect/token", issuer)
        self.lock = threading.Lock()
        self.seen: dict[str, float] = {}

    def check(self, form: dict[str, str]) -> None:
        """Raise TokenError unless the token request proves it is the client's."""
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenError("invalid_client", "client_assertion_type", 401)
        if form.get("client_id") != self.client.client_id or "client_secret" in form:
            raise TokenError("invalid_client", "client_id", 401)
        try:
            keys = read_client_keys(Path(self.client.key_file), self.client.key_id)
            claims = decode_jwt(form.get("client_assertion", ""), keys)
        except (JOSEError, OSError, ValueError, KeyError, RecursionError) as error:
            raise TokenError("invalid_client", f"client_assertion: {error}", 401) from None
        if problem := self._problem(claims):
            raise TokenError("invalid_client", f"client_assertion: {problem}", 401)

    def _problem(self, claims: dict[str, Any]) -> str:
        now = time.time()
        if claims.get("iss") != self.client.client_id or claims.get("sub") != claims.get("iss"):
            return "iss and sub must be the client_id"
        if claims.get("aud") not in self.audiences:
            return "aud"
        expires, issued, identifier = (claims.get(name) for name in ("exp", "iat", "jti"))
        if type(expires) is not int or not now - CLOCK_SKEW < expires:
            return "expired"
        if type(issued) is not int or issued > now + CLOCK_SKEW:
            return "iat"
        if expires - max(issued, int(now) - CLOCK_SKEW) > ASSERTION_SECONDS + CLOCK_SKEW:
            return "exp is more than 60 seconds away"
        if not isinstance(identifier, str) or not identifier:
            return "jti"
        with self.lock:
            self.seen = {name: end for name, end in self.seen.items() if end > now}
            if identifier in self.seen:
                return "jti was used before"
            self.seen[identifier] = expires + CLOCK_SKEW
        return ""
