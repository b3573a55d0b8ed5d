"""What the service publishes about itself: the discovery document and its keys."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from myna_auth.claims import parse_object
from myna_auth.diagnosis.findings import REACH, Ask, Finding, note, ok, problem, shown, status
from myna_auth.diagnosis.http import NoReply
from myna_auth.errors import ProviderUnavailable
from myna_auth.keys import KeyProblem, load_client_key
from myna_auth.keysets import MAXIMUM_KEYS, choose_key
from myna_auth.provider import Provider

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


def discovery(provider: Provider, ask: Ask) -> Iterator[Finding]:
    url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        reply = ask("GET", url)
    except NoReply as reason:
        yield problem(f"Discovery: {url} cannot be used: {reason}. {REACH}")
        return
    try:
        if reply.status != 200:
            raise ProviderUnavailable("status")
        document = parse_object(reply.body, ProviderUnavailable("json"))
    except ProviderUnavailable:
        yield note(
            f"Discovery: {url} gives no document ({status(reply)}). The service need not have "
            "one; compare the endpoints with its documents."
        )
        return
    differences = [*_stated_addresses(provider, document), *_stated_methods(provider, document)]
    yield from differences or [
        ok("Discovery: issuer, endpoints and methods are as in the settings.")
    ]


def _stated_addresses(provider: Provider, document: dict[str, Any]) -> Iterator[Finding]:
    for name in ("issuer", *ENDPOINTS):
        stated, ours = document.get(name), getattr(provider, name)
        if stated != ours and name in document:
            yield problem(
                f"Discovery: the service's {name} is {shown(stated)}, but MYNA_{name.upper()} "
                f"is {ours}. Set it to the service's, if its documents agree."
            )


def _stated_methods(provider: Provider, document: dict[str, Any]) -> Iterator[Finding]:
    wanted = {
        "response_types_supported": ("code",),
        "id_token_signing_alg_values_supported": provider.id_token_algorithms,
        "token_endpoint_auth_methods_supported": ("private_key_jwt",),
        "code_challenge_methods_supported": ("S256",),
    }
    with suppress(KeyProblem):  # reported by itself
        algorithm = load_client_key(provider).algorithm
        wanted["token_endpoint_auth_signing_alg_values_supported"] = (algorithm,)
    silent = [name for name in ("issuer", *ENDPOINTS) if name not in document]
    for name, ours in wanted.items():
        stated = document.get(name)
        if not isinstance(stated, list):
            silent.append(name)
        elif not set(ours) & {value for value in stated if isinstance(value, str)}:
            yield problem(
                f"Discovery: {name} is {shown(stated)}, but we need {' or '.join(ours)}. "
                "Ask the service, or change the setting or the key."
            )
    stated = document.get("scopes_supported")
    if not isinstance(stated, list):
        silent.append("scopes_supported")
    elif missing := [scope for scope in provider.scope.split() if scope not in stated]:
        yield note(
            f"Discovery: scopes_supported lacks {' '.join(missing)}. A service may keep scopes "
            "back; ask whether they were granted to us."
        )
    if silent:
        yield note(
            f"Discovery: nothing is said about {', '.join(silent)}. Compare the settings with "
            "the service's documents."
        )


def keys(provider: Provider, ask: Ask) -> Iterator[Finding]:
    url = provider.jwks_uri
    try:
        reply = ask("GET", url)
        if reply.status != 200:
            raise NoReply(status(reply))
        keys = parse_object(reply.body, ProviderUnavailable("json")).get("keys")
    except NoReply as reason:
        yield problem(f"JWKS: {url} cannot be used: {reason}. {REACH}")
        return
    except ProviderUnavailable:
        keys = None
    if not isinstance(keys, list) or len(keys) > MAXIMUM_KEYS:
        yield problem(
            f"JWKS: {url} gives no JSON with at most {MAXIMUM_KEYS} keys. "
            "Is MYNA_JWKS_URI right? If so, tell the service."
        )
        return
    algorithms = provider.id_token_algorithms
    usable = [key for key in keys if any(_is_usable(key, name) for name in algorithms)]
    if not usable:
        yield problem(
            f"JWKS: none of {len(keys)} keys is for {' or '.join(algorithms)}. "
            "Ask what the service signs with and set MYNA_ID_TOKEN_ALGS."
        )
        return
    names = [key["kid"] if isinstance(key.get("kid"), str) else None for key in usable]
    yield ok(
        f"JWKS: {len(usable)} of {len(keys)} keys can be used for {' or '.join(algorithms)}, "
        f"kid {', '.join('missing' if name is None else shown(name) for name in names)}."
    )
    for name, count in Counter(names).items():
        if count > 1:
            yield problem(
                f"JWKS: {count} keys have "
                + ("no kid" if name is None else f"the kid {shown(name)}")
                + "; tokens signed with them are refused. Tell the service."
            )
    if None in names and names.count(None) == 1 < len(names):
        yield note(
            "JWKS: one key among several has no kid; tokens signed with it are refused. "
            "Tell the service."
        )


def _is_usable(jwk: object, algorithm: str) -> bool:
    try:
        return choose_key({"keys": [jwk]}, key_id=None, algorithm=algorithm) is not None
    except Exception:
        return False
