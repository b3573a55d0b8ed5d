"""Is everything ready for the identity service? Findings in plain words, without secrets.

Nothing is written and the database is not needed. Import it lazily: it loads the HTTP client and
cryptography.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.checks import ERROR, CheckMessage

from myna_auth.checks import check_client_key, check_settings
from myna_auth.diagnosis.http import NoReply, Reply, request
from myna_auth.keys import KeyProblem, load_client_key, published_keys, token_form
from myna_auth.keysets import MAXIMUM_KEYS, choose_key
from myna_auth.provider import ENDPOINTS, Provider

REACH = "Check the address, the firewall, and whether the service is down."
CLOCK_OK_SECONDS = 5
CLOCK_NOTE_SECONDS = 60
CERTIFICATE_NOTE_DAYS = 14
PROBLEM = "PROBLEM"


class Finding(NamedTuple):
    """One line of the report; a NOTE can wait, a PROBLEM keeps people from being identified."""

    level: str
    text: str


ok = partial(Finding, "OK")
note = partial(Finding, "NOTE")
problem = partial(Finding, PROBLEM)


def diagnose(provider: Provider, *, with_token_request: bool = True) -> Iterator[Finding]:
    """Yield findings about us, then the service, which may be sent a code that cannot exist."""
    replies: list[Reply] = []

    def asked(
        subject: str,
        url: str,
        explain: Callable[[Reply], Iterator[Finding]],
        form: dict[str, str] | None = None,
    ) -> Iterator[Finding]:
        try:
            reply = request(url, seconds=provider.timeout_seconds, form=form)
        except NoReply as reason:
            yield problem(f"{subject}: {url} cannot be used: {reason}. {REACH}")
        else:
            replies.append(reply)
            yield from explain(reply)

    yield from _our_side(provider)
    discovery = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    yield from asked("Discovery", discovery, partial(_discovery, provider))
    yield from asked("JWKS", provider.jwks_uri, partial(_keys, provider))
    for name in ("authorization_endpoint", "userinfo_endpoint"):
        setting, url = f"MYNA_{name.upper()}", getattr(provider, name)
        yield from asked(setting, url, partial(_endpoint, setting))
    yield from _certificates(replies)
    yield from _clock(replies)
    if not with_token_request:
        return
    code, code_verifier = (secrets.token_urlsafe(48) for _ in range(2))
    try:
        key_id = load_client_key(provider).public_jwk["kid"]
        form = token_form(provider, code=code, code_verifier=code_verifier)
    except KeyProblem:
        yield note("Token request: left out, because there is no usable key.")
    else:
        explain = partial(_token_answer, provider, key_id, form)
        yield from asked("Token request", provider.token_endpoint, explain, form)


def _our_side(provider: Provider) -> Iterator[Finding]:
    about_settings = [_from_check(message) for message in check_settings()]
    yield from about_settings or [ok("Settings: complete, and none contradicts another.")]
    about_key = [_from_check(message) for message in check_client_key()]
    yield from about_key
    try:
        jwk = load_client_key(provider).public_jwk
        yield ok(f"Our key: {jwk['alg']}, kid {jwk['kid']}.")
        further = [jwk["kid"] for jwk in published_keys(provider)["keys"][1:]]
    except KeyProblem as reason:
        if not about_key:
            yield problem(f"{reason} `manage.py myna_keygen FILE` makes a key.")
    else:
        if further:
            yield ok(f"Published beside it: kid {', '.join(further)}.")


def _from_check(message: CheckMessage) -> Finding:
    text = " ".join(filter(None, (message.msg, message.hint)))
    return problem(text) if message.level >= ERROR else note(text)


def _discovery(provider: Provider, reply: Reply) -> Iterator[Finding]:
    document = reply.document()
    if reply.status != 200 or document is None:
        yield note(
            f"Discovery: {reply.url} gives no document ({reply.status_line}). The service need not "
            "have one; compare the endpoints with its documents."
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
                f"Discovery: the service's {name} is {_shown(stated)}, but MYNA_{name.upper()} "
                f"is {ours}. Set it to the service's, if its documents agree."
            )


def _stated_methods(provider: Provider, document: dict[str, Any]) -> Iterator[Finding]:
    wanted = {
        "response_types_supported": ("code",),
        "id_token_signing_alg_values_supported": provider.id_token_algs,
        "token_endpoint_auth_methods_supported": ("private_key_jwt",),
        "code_challenge_methods_supported": ("S256",),
    }
    with suppress(KeyProblem):  # reported by itself
        algorithm = load_client_key(provider).public_jwk["alg"]
        wanted["token_endpoint_auth_signing_alg_values_supported"] = (algorithm,)
    silent = [name for name in ("issuer", *ENDPOINTS) if name not in document]
    for name, ours in wanted.items():
        stated = document.get(name)
        if not isinstance(stated, list):
            silent.append(name)
        elif not any(value in stated for value in ours):
            yield problem(
                f"Discovery: {name} is {_shown(stated)}, but we need {' or '.join(ours)}. "
                "Ask the service, or change the setting or the key."
            )
    stated = document.get("scopes_supported")
    if not isinstance(stated, list):
        silent.append("scopes_supported")
    elif missing := [scope for scope in provider.scopes.split() if scope not in stated]:
        yield note(
            f"Discovery: scopes_supported lacks {' '.join(missing)}. A service may keep scopes "
            "back; ask whether they were granted to us."
        )
    if silent:
        yield note(
            f"Discovery: nothing is said about {', '.join(silent)}. Compare the settings with "
            "the service's documents."
        )


def _keys(provider: Provider, reply: Reply) -> Iterator[Finding]:
    if reply.status != 200:
        yield problem(f"JWKS: {reply.url} cannot be used: {reply.status_line}. {REACH}")
        return
    keys = (reply.document() or {}).get("keys")
    if not isinstance(keys, list) or len(keys) > MAXIMUM_KEYS:
        yield problem(
            f"JWKS: {reply.url} gives no JSON with at most {MAXIMUM_KEYS} keys. "
            "Is MYNA_JWKS_URI right? If so, tell the service."
        )
        return
    algorithms = provider.id_token_algs
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
        f"kid {', '.join('missing' if name is None else _shown(name) for name in names)}."
    )
    for name, count in Counter(names).items():
        if count > 1:
            which = "no kid" if name is None else f"the kid {_shown(name)}"
            yield problem(
                f"JWKS: {count} keys have {which}; tokens signed with them are refused. "
                "Tell the service."
            )
    if names.count(None) == 1 < len(names):
        yield note(
            "JWKS: one key among several has no kid; tokens signed with it are refused. "
            "Tell the service."
        )


def _is_usable(jwk: object, algorithm: str) -> bool:
    try:
        return choose_key({"keys": [jwk]}, key_id=None, algorithm=algorithm) is not None
    except Exception:
        return False


def _endpoint(setting: str, reply: Reply) -> Iterator[Finding]:
    """Explain the answer to an empty request: a refusal is what a sound endpoint gives."""
    url, status = reply.url, reply.status_line
    if reply.status in (404, 410):
        yield problem(f"{setting}: nothing is at {url} ({status}). Correct it.")
    elif reply.status >= 500:
        yield problem(
            f"{setting}: {url} is out of order ({status}). Try later, then ask the service."
        )
    elif setting == "MYNA_USERINFO_ENDPOINT" and reply.status < 400:
        yield problem(
            f"{setting}: {url} does not ask for a token ({status}), so it is not UserInfo. "
            "Correct it."
        )
    else:
        yield ok(f"{setting}: there ({status} to an empty request).")


def _certificates(replies: Iterable[Reply]) -> Iterator[Finding]:
    for host, reply in {urlsplit(reply.url).netloc: reply for reply in replies}.items():
        days = reply.certificate_days
        if days is None:
            continue
        if days < CERTIFICATE_NOTE_DAYS:
            yield note(
                f"TLS: the certificate of {host} ends in {days} days, and then nobody can be "
                "identified. Ask the service when it is renewed."
            )
        else:
            yield ok(f"TLS: the certificate of {host} is good for {days} days.")


def _clock(replies: list[Reply]) -> Iterator[Finding]:
    if not replies:
        return
    offsets = [offset for reply in replies if (offset := reply.clock_offset()) is not None]
    if not offsets:
        yield note("Clock: no answer of the service had a date; look at this machine's NTP.")
        return
    offset = min(offsets, key=abs)
    side = "behind" if offset > 0 else "ahead of"
    text = f"Clock: ours is {abs(offset):.0f} seconds {side} the service's."
    if abs(offset) <= CLOCK_OK_SECONDS:
        yield ok(f"Clock: within {CLOCK_OK_SECONDS} seconds of the service's.")
    elif abs(offset) <= CLOCK_NOTE_SECONDS:
        yield note(f"{text} It still works; see that NTP runs (`timedatectl`).")
    else:
        yield problem(
            f"{text} Assertions and ID tokens live for a minute or so and are refused. "
            "Let NTP set the clock (`timedatectl`)."
        )


def _token_answer(
    provider: Provider, key_id: str, form: dict[str, str], reply: Reply
) -> Iterator[Finding]:
    """Explain whether we are accepted, in the service's words that do not repeat what we sent."""
    answer = reply.document() or {}
    error = answer.get("error")
    sent = (form["code"], form["code_verifier"], form["client_assertion"][-43:])
    words = [reply.status_line]
    for text in (error, answer.get("error_description")):
        if isinstance(text, str) and text and not any(secret in text for secret in sent):
            words.append(_shown(text))
    said = ", ".join(words)
    if reply.status == 400 and error == "invalid_grant":
        yield ok(
            f"Token request: the service accepts our key (kid {key_id}) and client id; "
            "it refused only the made-up code, as it must."
        )
    elif reply.status == 401 or error in ("invalid_client", "unauthorized_client"):
        yield problem(
            "Token request: the service does not accept that we are "
            f"{provider.client_id} with the key {key_id} ({said}). Is the client "
            "id right, is this key handed in under this kid, and is "
            f"MYNA_CLIENT_ASSERTION_AUDIENCE ({provider.client_assertion_audience}) what the "
            "service wants?"
        )
    elif reply.status == 429 or reply.status >= 500:
        yield problem(f"Token request: {reply.url} is out of order ({said}). Try later.")
    elif 400 <= reply.status < 500 and isinstance(error, str):
        yield note(
            f"Token request: refused for another reason ({said}), so whether our key is "
            "accepted stays open. Ask the service."
        )
    else:
        yield problem(
            f"Token request: {reply.url} does not answer as a token endpoint ({said}). "
            "Is MYNA_TOKEN_ENDPOINT right?"
        )


def _shown(value: object) -> str:
    """Make what a stranger wrote fit for one line of a terminal."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    clean = "".join(letter if letter.isprintable() else "?" for letter in text)
    return clean if len(clean) <= 120 else f"{clean[:119]}…"
