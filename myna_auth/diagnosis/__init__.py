"""Is everything ready for the identity service? Findings in plain words, without secrets.

Nothing is written and the database is not needed. Import it lazily: it loads the HTTP client and
cryptography.
"""

from collections.abc import Iterator

from django.core.checks import ERROR, CheckMessage

from myna_auth.checks import check_client_key, check_settings
from myna_auth.diagnosis import answers, documents
from myna_auth.diagnosis.findings import Finding, Level, ok, problem
from myna_auth.diagnosis.http import Reply, request
from myna_auth.diagnosis.token_request import token_request
from myna_auth.keys import KeyProblem, load_client_key, published_keys
from myna_auth.provider import Provider


def diagnose(provider: Provider, *, with_token_request: bool = True) -> Iterator[Finding]:
    """Yield findings about our settings and key, then about the service, as they are made.

    `with_token_request` sends one request with a code that cannot exist.
    """
    replies: dict[str, Reply] = {}

    def ask(method: str, url: str, form: dict[str, str] | None = None) -> Reply:
        replies[url] = request(method, url, seconds=provider.timeout, form=form)
        return replies[url]

    yield from _our_side(provider)
    yield from documents.discovery(provider, ask)
    yield from documents.keys(provider, ask)
    yield from answers.endpoints(provider, ask)
    yield from answers.certificates(replies)
    yield from answers.clock(replies)
    if with_token_request:
        yield from token_request(provider, ask)


def _our_side(provider: Provider) -> Iterator[Finding]:
    messages = check_settings()
    for message in messages:
        yield _from_check(message)
    if not messages:
        yield ok("Settings: complete, and none contradicts another.")
    messages = check_client_key()
    for message in messages:
        yield _from_check(message)
    try:
        client = load_client_key(provider)
        yield ok(f"Our key: {client.algorithm}, kid {client.key_id}.")
        further = [jwk["kid"] for jwk in published_keys(provider)["keys"][1:]]
    except KeyProblem as reason:
        if not messages:
            yield problem(f"{reason} `manage.py myna_keygen FILE` makes a key.")
    else:
        if further:
            yield ok(f"Published beside it: kid {', '.join(further)}.")


def _from_check(message: CheckMessage) -> Finding:
    level = Level.PROBLEM if message.level >= ERROR else Level.NOTE
    return Finding(level, " ".join(filter(None, (message.msg, message.hint))))
