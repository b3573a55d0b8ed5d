"""The simulated service's side of OpenID Connect: as strict as the real one, state in memory."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from demo.simulator.assertions import AssertionDesk, Client, TokenError
from demo.simulator.cards import Person
from demo.simulator.crypto import SigningKey, b64, encode_jwt, published_keys
from demo.simulator.faults import FAULTS, Fault, Members

PAGE_SECONDS = 1800
CODE_SECONDS = 60
TOKEN_SECONDS = 300
ID_TOKEN_SECONDS = 300
MOST_ENTRIES = 10_000
PUBLISHED_KEYS = 5
CLAIM_SCOPES = ("name", "address", "birthdate", "gender")
ALLOWED_PARAMETERS = {
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "acr_values"),
    *("code_challenge", "code_challenge_method"),
}
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
# What `configure` takes: members of a fault, and more. Replies besides HTTP statuses.
SETTABLE = ("callback", "token", "header", "id_token", "userinfo", "times", "replies")
OPTIONS = {
    *SETTABLE,
    *("fault", "without", "bodies", "jwks", "delay_ms"),
    *("rotate", "forget_old_keys", "qr_seconds"),
}
ENDPOINTS = {"token", "userinfo", "jwks"}
REPLIES = ("timeout", "drip", "html", "jwt", "gzip", "huge", "redirect")


class PageError(Exception):
    """A request that can only be answered by a page; the text is for it."""


class RedirectError(Exception):
    """A request that is answered with an error at the redirect URI; the text is the address."""


@dataclass(kw_only=True)
class Pairing:
    """A phone that reads the card for a PC: the QR code's handle, then a number to type."""

    handle: str
    transaction: str
    expires: float
    cancelled: bool = False
    number: str = ""
    person: Person | None = None
    fault: str = "none"
    tries: int = 0

    @property
    def expired(self) -> bool:
        return self.expires < time.time()


@dataclass(kw_only=True)
class Grant:
    """One authorization on its way: first a page, then a code, then an access token."""

    parameters: dict[str, str]
    expires: float = field(default_factory=lambda: time.time() + PAGE_SECONDS)
    person: Person | None = None
    fault: Fault = FAULTS["none"]
    code_used: bool = False
    userinfo_asked: bool = False
    pairing: Pairing | None = None
    session_state: str = field(default_factory=lambda: secrets.token_urlsafe(16))


def remember(entries: dict[str, Any], key: str, entry: Grant | Pairing) -> None:
    """Add an entry; the oldest makes room when there are too many."""
    if len(entries) >= MOST_ENTRIES:
        del entries[next(iter(entries))]
    entries[key] = entry


class Service:
    """The simulated service: one issuer, one client."""

    def __init__(self, *, issuer: str, client: Client) -> None:
        self.issuer = issuer
        self.client = client
        self.lock = threading.RLock()
        self.keys = [SigningKey.new()]
        self.signer = self.keys[0]
        self.fault = self.jwks_fault = FAULTS["none"]
        self.qr_seconds = 300.0
        self.pages: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}
        self.assertions = AssertionDesk(client, issuer)

    def configure(self, options: dict[str, Any]) -> None:
        """Set the fault of every later login, and what automated tests need besides.

        `fault` by name; members of it (see `Fault`) over that; `bodies` in base64; `jwks` a
        document served instead of the keys; `rotate`, `forget_old_keys`; `qr_seconds`. Raises
        ValueError, KeyError, TypeError or AttributeError on anything else.
        """
        if unknown := set(options) - OPTIONS:
            raise ValueError(f"unknown: {sorted(unknown)}")
        fault = FAULTS[options.get("fault", "none")]
        changes: dict[str, Any] = {
            name: {**getattr(fault, name), **options[name]} for name in SETTABLE if name in options
        }
        bodies = {
            name: base64.b64decode(text, validate=True)
            for name, text in options.get("bodies", {}).items()
        }
        if "jwks" in options:
            bodies["jwks"] = json.dumps(options["jwks"]).encode()
        changes["bodies"] = {**fault.bodies, **bodies}
        changes["without"] = (*fault.without, *options.get("without", ()))
        changes["delay_ms"] = max(0.0, float(options.get("delay_ms", fault.delay_ms)))
        replies = changes.get("replies", {})
        if unknown := {*replies, *bodies} - ENDPOINTS:
            raise ValueError(f"no such endpoint: {sorted(unknown)}")
        for status in set(replies.values()) - {*REPLIES}:
            HTTPStatus(int(status))
        qr_seconds = float(options.get("qr_seconds", 300))
        with self.lock:
            self.fault = self.jwks_fault = replace(fault, **changes)
            self.qr_seconds = qr_seconds
            if options.get("rotate"):
                self._rotate()
            if options.get("forget_old_keys"):
                del self.keys[1:]

    def _rotate(self) -> None:
        """Sign with a new key from now on; the last ones stay published. Only under the lock."""
        self.keys.insert(0, SigningKey.new())
        del self.keys[PUBLISHED_KEYS:]
        self.signer = self.keys[0]

    def jwks(self) -> dict[str, Any]:
        with self.lock:
            return {"keys": published_keys(self.jwks_fault.published, self.signer, self.keys)}

    # -- authorization endpoint ----------------------------------------------------------------

    def authorize(self, parameters: dict[str, list[str]]) -> str:
        """Check an authorization request and return the handle of its page."""
        once = {name: values[0] for name, values in parameters.items()}
        if once.get("client_id") != self.client.client_id:
            raise PageError("client_id が登録されていません。")
        if once.get("redirect_uri") != self.client.redirect_uri:
            raise PageError("redirect_uri が登録と一致しません。")
        if problem := _request_problem(parameters, once):
            error, description = problem
            raise RedirectError(self._redirect(once, error=error, error_description=description))
        handle = secrets.token_urlsafe(24)
        with self.lock:
            remember(self.pages, handle, Grant(parameters=once))
        return handle

    def open_page(self, handle: str) -> Grant:
        """Return the grant of an open page; raise PageError when it is over or unknown."""
        grant = self.pages.get(handle)
        if grant is None or grant.expires < time.time():
            raise PageError(
                "この画面の有効期限が切れました。図書館のサイトからやり直してください。"
            )
        return grant

    def cancel(self, handle: str) -> str:
        """End a page as cancelled and return where the browser goes."""
        grant = self._close_page(handle)
        return self._redirect(
            grant.parameters, error="access_denied", error_description="cancelled by the user"
        )

    def approve(self, handle: str, person: Person, fault_name: str) -> str:
        """Issue a code for a person and return where the browser goes."""
        grant = self._close_page(handle)
        grant.person = person
        grant.fault = self.fault if fault_name == "none" else FAULTS[fault_name]
        grant.expires = time.time() + CODE_SECONDS
        code = secrets.token_urlsafe(32)
        with self.lock:
            remember(self.codes, code, grant)
        return self._redirect(grant.parameters, grant, code=code, session_state=grant.session_state)

    def _close_page(self, handle: str) -> Grant:
        with self.lock:
            grant = self.open_page(handle)
            del self.pages[handle]
            return grant

    def _redirect(
        self, parameters: dict[str, str], grant: Grant | None = None, **answer: str
    ) -> str:
        """Return the way back with state and issuer (RFC 9207), spoilt by the grant's fault."""
        query: dict[str, Any] = {**answer, "iss": self.issuer}
        if "state" in parameters:
            query["state"] = parameters["state"]
        if grant is not None:
            query = self._spoil("callback", query, grant)
        return f"{self.client.redirect_uri}?{urlencode(query, errors='surrogatepass')}"

    # -- token endpoint ------------------------------------------------------------------------

    def exchange(self, form: dict[str, str]) -> tuple[Grant, dict[str, Any]]:
        """Check a token request and return its grant and the answer."""
        self.assertions.check(form)
        if form.get("grant_type") != "authorization_code":
            raise TokenError("unsupported_grant_type", "grant_type must be authorization_code")
        with self.lock:
            grant = self.codes.get(form.get("code", ""))
            if grant is None or grant.expires < time.time():
                raise TokenError("invalid_grant", "code unknown or expired")
            if grant.code_used:
                grant.expires = 0  # and with it the token of the first use
                raise TokenError("invalid_grant", "code used twice")
            grant.code_used = True
        if form.get("redirect_uri") != grant.parameters["redirect_uri"]:
            raise TokenError("invalid_grant", "redirect_uri differs")
        verifier = form.get("code_verifier", "")
        challenge = b64(hashlib.sha256(verifier.encode()).digest())
        if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(
            challenge, grant.parameters["code_challenge"]
        ):
            raise TokenError("invalid_grant", "code_verifier does not match")
        return grant, self._tokens(grant, grant.person)

    def _tokens(self, grant: Grant, person: Person | None) -> dict[str, Any]:
        assert person is not None
        fault = grant.fault
        access_token = secrets.token_urlsafe(48)
        with self.lock:
            if fault.rotate:
                self._rotate()
            foreign = fault.sign_with in ("rsa", "p384")
            key = SigningKey.new(fault.sign_with) if foreign else self.keys[0]
            # A fault of the key set picked for one login lasts until the next one.
            self.signer, self.jwks_fault = key, fault
            grant.expires = time.time() + TOKEN_SECONDS
            remember(self.tokens, access_token, grant)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": person.subject,
            "aud": self.client.client_id,
            "azp": self.client.client_id,
            "exp": now + ID_TOKEN_SECONDS,
            "iat": now,
            "auth_time": now,
            "jti": secrets.token_urlsafe(16),
            "nonce": grant.parameters["nonce"],
            "at_hash": b64(hashlib.sha256(access_token.encode()).digest()[:16]),
            "typ": "ID",
        } | {name: now + seconds for name, seconds in fault.times.items()}
        id_token = encode_jwt(
            self._spoil("header", key.header, grant),
            self._spoil("id_token", claims, grant),
            key,
            fault.sign_with,
        )
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": id_token,
            "scope": grant.parameters["scope"],
            "session_state": grant.session_state,
        }
        return self._spoil("token", answer, grant)

    # -- UserInfo endpoint ---------------------------------------------------------------------

    def userinfo(self, authorization: str) -> tuple[Fault, dict[str, Any]] | None:
        """Return how to answer and the claims a bearer token opens, or None."""
        scheme, _, token = authorization.partition(" ")
        grant = self.tokens.get(token) if scheme.lower() == "bearer" else None
        if grant is None or grant.person is None or grant.expires < time.time():
            return None
        scopes = grant.parameters["scope"].split()
        claims = {"sub": grant.person.subject} | {
            name: getattr(grant.person, name)
            for name in ("name", "birthdate", "address")
            if name in scopes
        }
        over = grant.fault.once and grant.userinfo_asked
        grant.userinfo_asked = True
        fault = FAULTS["none"] if over else grant.fault
        return fault, self._spoil("userinfo", claims, grant)

    def signed(self, claims: dict[str, Any]) -> str:
        """Return claims as a JWT, as a service would whose client asked for that."""
        return encode_jwt(self.keys[0].header, claims, self.keys[0])

    def _spoil(self, where: str, members: Members, grant: Grant) -> dict[str, Any]:
        """Return members as the grant's fault wants them."""
        known = {"<client_id>": self.client.client_id, "<256 characters>": "s" * 256}
        if grant.person is not None:
            date = grant.person.birthdate
            known["<address>"] = grant.person.address
            known["<dashed birthdate>"] = f"{date[:4]}-{date[4:6]}-{date[6:]}"
        return grant.fault.spoil(where, members, known)


def _request_problem(
    parameters: dict[str, list[str]], once: dict[str, str]
) -> tuple[str, str] | None:
    """Return OAuth error and description of an authorization request, None if it is in order.

    The service lists what it may hold. `acr_values` may be sent and changes nothing.
    """
    if set(parameters) - ALLOWED_PARAMETERS or any(len(v) > 1 for v in parameters.values()):
        return "invalid_request", "unlisted or repeated parameter"
    if once.get("response_type") != "code":
        return "unsupported_response_type", "response_type must be code"
    scopes = once.get("scope", "").split()
    if "openid" not in scopes or set(scopes) - {"openid", *CLAIM_SCOPES}:
        return "invalid_scope", "openid and any of name address birthdate gender"
    for name in ("state", "nonce"):
        if not PRINTABLE.fullmatch(once.get(name, "")):
            return "invalid_request", f"{name} is required: 1-255 printable ASCII"
    if once.get("code_challenge_method") != "S256":
        return "invalid_request", "code_challenge_method must be S256"
    if not CHALLENGE.fullmatch(once.get("code_challenge", "")):
        return "invalid_request", "code_challenge is required"
    return None
