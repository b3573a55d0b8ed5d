"""The simulated service's side of OpenID Connect: as strict as the real one, state in memory."""

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from myna_auth.simulator.assertions import AssertionDesk, Client, TokenError
from myna_auth.simulator.crypto import SigningKey, b64, encode_jwt
from myna_auth.simulator.faults import FAULTS, Fault

TRANSACTION_SECONDS = 1800
CODE_SECONDS = 60
TOKEN_SECONDS = 300
MAXIMUM_ENTRIES = 10_000
CLAIM_SCOPES = ("name", "address", "birthdate", "gender")
ALLOWED_PARAMETERS = {
    "response_type",
    "client_id",
    "redirect_uri",
    "code_challenge",
    "scope",
    "state",
    "nonce",
    "code_challenge_method",
    "acr_values",
}
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is handed out about somebody."""

    subject: str
    name: str
    birthdate: str
    address: str


@dataclass(kw_only=True)
class Grant:
    """One authorization on its way: first a page, then a code, then an access token."""

    parameters: dict[str, str]
    expires: float
    person: Person | None = None
    fault: Fault = FAULTS["none"]
    code_used: bool = False
    session_state: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class PageError(Exception):
    """The authorization request cannot even be answered by a redirect; shown on a page."""


class RedirectError(Exception):
    """The authorization request is answered with an error at the redirect URI."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Service:
    """The simulated service: one issuer, one client."""

    def __init__(self, *, issuer: str, client: Client) -> None:
        self.issuer = issuer
        self.client = client
        self.fault = FAULTS["none"]
        self.delay_seconds = 0.0
        self.lock = threading.RLock()
        self.keys = [SigningKey.new()]
        self.pages: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}
        self.assertions = AssertionDesk(client, issuer)

    # -- configuration -------------------------------------------------------------------------

    def configure(self, options: dict[str, Any]) -> None:
        """Set the fault of every later grant: `fault` by name, members over it, `delay_ms`."""
        with self.lock:
            fault = FAULTS[options.get("fault", "none")]
            overrides = {
                name: getattr(fault, name) | options[name]
                for name in ("id_token", "header", "userinfo", "callback")
                if name in options
            }
            self.fault = replace(fault, **overrides)
            self.delay_seconds = float(options.get("delay_ms", 0)) / 1000
            if options.get("rotate"):
                self.rotate()
            if options.get("forget_old_keys"):
                del self.keys[1:]

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one stays published."""
        with self.lock:
            self.keys.insert(0, SigningKey.new())

    def jwks(self) -> dict[str, Any]:
        with self.lock:
            return {"keys": [key.public_jwk for key in self.keys]}

    # -- authorization endpoint ----------------------------------------------------------------

    def authorize(self, parameters: dict[str, list[str]]) -> str:
        """Check an authorization request and return the handle of its page."""
        once = {name: values[0] for name, values in parameters.items()}
        if once.get("client_id") != self.client.client_id:
            raise PageError("client_id が登録されていません。")
        if once.get("redirect_uri") != self.client.redirect_uri:
            raise PageError("redirect_uri が登録と一致しません。")
        problem = self._request_problem(parameters, once)
        if problem:
            error, description = problem
            raise RedirectError(self._redirect(once, error=error, error_description=description))
        with self.lock:
            handle = secrets.token_urlsafe(24)
            _remember(
                self.pages,
                handle,
                Grant(parameters=once, expires=time.time() + TRANSACTION_SECONDS),
            )
            return handle

    def _request_problem(
        self, parameters: dict[str, list[str]], once: dict[str, str]
    ) -> tuple[str, str] | None:
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

    def open_page(self, handle: str) -> Grant:
        """Return the grant of an open page; raise PageError when it is over or unknown."""
        with self.lock:
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
        with self.lock:
            grant.person = person
            grant.fault = self.fault if fault_name == "none" else FAULTS[fault_name]
            grant.expires = time.time() + CODE_SECONDS
            code = secrets.token_urlsafe(32)
            _remember(self.codes, code, grant)
        answer: dict[str, str | None] = {
            "code": code,
            "session_state": grant.session_state,
            "iss": self.issuer,
        }
        answer |= grant.fault.callback
        return self._redirect(grant.parameters, **answer)

    def _close_page(self, handle: str) -> Grant:
        with self.lock:
            grant = self.open_page(handle)
            del self.pages[handle]
            return grant

    def _redirect(self, parameters: dict[str, str], **answer: str | None) -> str:
        query = {name: value for name, value in answer.items() if value is not None}
        if "state" in parameters:
            query["state"] = parameters["state"]
        return f"{self.client.redirect_uri}?{urlencode(query)}"

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
                self.tokens = {k: v for k, v in self.tokens.items() if v is not grant}
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
        return grant, self._tokens(grant)

    def _tokens(self, grant: Grant) -> dict[str, Any]:
        assert grant.person is not None
        if grant.fault.rotate:
            self.rotate()
        access_token = secrets.token_urlsafe(48)
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "sub": grant.person.subject,
            "aud": self.client.client_id,
            "azp": self.client.client_id,
            "exp": now + grant.fault.expires_in,
            "iat": now + min(0, grant.fault.expires_in - 1),
            "auth_time": now,
            "jti": secrets.token_urlsafe(16),
            "nonce": grant.parameters["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            "typ": "ID",
        }
        with self.lock:
            key = self.keys[0]
            grant.expires = time.time() + TOKEN_SECONDS
            _remember(self.tokens, access_token, grant)
        header = {"alg": "ES256", "typ": "JWT", "kid": key.kid}
        id_token = encode_jwt(
            _override(header, grant.fault.header),
            _override(claims, grant.fault.id_token),
            key,
            grant.fault.sign_with,
        )
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": id_token,
            "scope": grant.parameters["scope"],
            "session_state": grant.session_state,
        }

    # -- UserInfo endpoint ---------------------------------------------------------------------

    def userinfo(self, authorization: str) -> tuple[Grant, dict[str, Any]] | None:
        """Return the grant and claims a bearer token opens, or None."""
        scheme, _, token = authorization.partition(" ")
        with self.lock:
            grant = self.tokens.get(token) if scheme.lower() == "bearer" else None
        if grant is None or grant.person is None or grant.expires < time.time():
            return None
        scopes = grant.parameters["scope"].split()
        person = grant.person
        claims = {"sub": person.subject} | {
            name: getattr(person, name)
            for name in ("name", "birthdate", "address")
            if name in scopes
        }
        return grant, _override(claims, grant.fault.userinfo)


def _override(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (members | changes).items() if value is not None}


def _remember(entries: dict[str, Grant], key: str, grant: Grant) -> None:
    now = time.time()
    if len(entries) >= MAXIMUM_ENTRIES:
        for old in [k for k, v in entries.items() if v.expires < now]:
            del entries[old]
        while len(entries) >= MAXIMUM_ENTRIES:
            del entries[next(iter(entries))]
    entries[key] = grant
