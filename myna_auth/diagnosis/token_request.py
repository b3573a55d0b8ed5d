"""Whether the service accepts who we say we are."""

import secrets
from collections.abc import Iterator
from typing import Any

from myna_auth.claims import parse_object
from myna_auth.diagnosis.findings import REACH, Ask, Finding, note, ok, problem, shown, status
from myna_auth.diagnosis.http import NoReply, Reply
from myna_auth.errors import ProviderUnavailable
from myna_auth.keys import ASSERTION_TYPE, KeyProblem, client_assertion, load_client_key
from myna_auth.provider import Provider


def token_request(provider: Provider, ask: Ask) -> Iterator[Finding]:
    url = provider.token_endpoint
    try:
        client = load_client_key(provider)
        assertion = client_assertion(provider)
    except KeyProblem:
        yield note("Token request: left out, because there is no usable key.")
        return
    code, verifier = (secrets.token_urlsafe(48) for _ in range(2))
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.redirect_uri,
        "client_id": provider.client_id,
        "code_verifier": verifier,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    try:
        reply = ask("POST", url, form)
        answer = parse_object(reply.body, ProviderUnavailable("json"))
    except NoReply as reason:
        yield problem(f"Token request: {url} cannot be used: {reason}. {REACH}")
        return
    except ProviderUnavailable:
        answer = {}
    error, said = answer.get("error"), _said(reply, answer, (code, verifier, assertion[-43:]))
    if reply.status == 400 and error == "invalid_grant":
        yield ok(
            f"Token request: the service accepts our key (kid {client.key_id}) and client id; "
            "it refused only the made-up code, as it must."
        )
    elif reply.status == 401 or error in ("invalid_client", "unauthorized_client"):
        yield problem(
            "Token request: the service does not accept that we are "
            f"{provider.client_id} with the key {client.key_id} ({said}). Is the client "
            "id right, is this key handed in under this kid, and is "
            f"MYNA_CLIENT_ASSERTION_AUDIENCE ({provider.assertion_audience}) what the "
            "service wants?"
        )
    elif reply.status == 429 or reply.status >= 500:
        yield problem(f"Token request: {url} is out of order ({said}). Try later.")
    elif 400 <= reply.status < 500 and isinstance(error, str):
        yield note(
            f"Token request: refused for another reason ({said}), so whether our key is "
            "accepted stays open. Ask the service."
        )
    else:
        yield problem(
            f"Token request: {url} does not answer as a token endpoint ({said}). "
            "Is MYNA_TOKEN_ENDPOINT right?"
        )


def _said(reply: Reply, answer: dict[str, Any], sent: tuple[str, ...]) -> str:
    """Return the service's words, unless it repeats what we sent."""
    words = [status(reply)]
    for name in ("error", "error_description"):
        text = answer.get(name)
        if isinstance(text, str) and text and not any(secret in text for secret in sent):
            words.append(shown(text))
    return ", ".join(words)
