"""What a login costs our client beside its cryptography: `python -m bench.client_cost`.

People are brought back from the stack's simulator, with really signed tokens, and the callback runs
in this process through the WSGI application. Only the thread's CPU time counts, so waiting for an
answer costs nothing; what the HTTP client itself uses is measured apart.

After every wait the processor's caches are cold, and the same work takes three times as long as
in a row. So everything is measured in the same state as the cryptography that it is compared with:
within callbacks, and in a row, where the last login's answers are read again and again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import count
from statistics import median
from unittest import mock
from urllib.parse import urljoin, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.journey import Resident
from bench.stack import Stack, running

LOGINS = 150
WARMUP = 10
BATCHES = 40
BATCH = 25
AIM = 3
COMPLETE = "この内容で本人確認を完了する"


@dataclass(frozen=True, kw_only=True)
class ClientCost:
    """Median CPU milliseconds of one login; the first two in a row, the others within callbacks.

    `raw` is one ES256 signature and one verification with `cryptography` alone; `protocol` is all
    of `client.identify` but the HTTP calls; `http` is the calls; `callback` is the whole request
    but the HTTP calls, with view, middleware, sessions and database, in so many `statements`.
    """

    raw_in_a_row: float
    protocol_in_a_row: float
    raw: float
    protocol: float
    callback: float
    http: float
    statements: int


class Stopwatch:
    """A function that adds up the CPU seconds spent in it and keeps its last calls."""

    def __init__(self, function: Callable) -> None:
        self.function = function
        self.reset()

    def reset(self) -> None:
        self.spent = 0.0
        self.calls: list[tuple] = []

    def __call__(self, *args, **kwargs):
        begun = time.thread_time()
        try:
            result = self.function(*args, **kwargs)
        finally:
            self.spent += time.thread_time() - begun
        self.calls.append((args, kwargs, result))
        return result


def measure(stack: Stack, people: Iterator[int]) -> ClientCost:
    """Bring people back from the identity service one by one; `people` are fresh numbers."""
    from myna_auth import client, transport
    from oita_library.wsgi import application

    identify, call = Stopwatch(client.identify), Stopwatch(transport.call)
    samples = []
    with (
        mock.patch.object(client, "identify", identify),
        mock.patch.object(transport, "call", call),
        # Log lines are made as ever, but not among the figures.
        mock.patch.object(logging.root.handlers[0], "stream", StringIO()),
    ):
        statements = _statements(_way_back(Resident(stack.site, next(people))))
        for _ in range(WARMUP + LOGINS):
            environ = _way_back(Resident(stack.site, next(people)))
            raw = _seconds(_raw)
            identify.reset()
            call.reset()
            whole = _seconds(lambda environ=environ: _answer(application, environ))
            samples.append((raw, identify.spent - call.spent, whole - call.spent, call.spent))
    columns = zip(*samples[WARMUP:], strict=True)
    raw, protocol, callback, http = (1000 * median(column) for column in columns)
    raw_in_a_row, protocol_in_a_row = _in_a_row(identify, call)
    return ClientCost(
        raw_in_a_row=raw_in_a_row,
        protocol_in_a_row=protocol_in_a_row,
        raw=raw,
        protocol=protocol,
        callback=callback,
        http=http,
        statements=statements,
    )


def _statements(environ: dict) -> int:
    from django.db import connection

    from oita_library.wsgi import application

    found: list[str] = []

    def noting(execute: Callable, sql: str, *arguments: object) -> object:
        found.append(sql)
        return execute(sql, *arguments)

    with connection.execute_wrapper(noting):
        _answer(application, environ)
    return len(found)


def _in_a_row(identify: Stopwatch, call: Stopwatch) -> tuple[float, float]:
    """Return raw and protocol in milliseconds: the last login's answers, read many times."""
    from myna_auth import transport

    ((arguments, options, _),) = identify.calls
    answers = {name: body for (name, *_), _, body in call.calls}
    samples = []
    with mock.patch.object(transport, "call", lambda name, *args, **kwargs: answers[name]):
        for _ in range(1 + BATCHES):
            samples.append(
                (
                    _seconds(_raw, BATCH),
                    _seconds(lambda: identify.function(*arguments, **options), BATCH),
                )
            )
    raw, protocol = (1000 * median(column) for column in zip(*samples[1:], strict=True))
    return raw, protocol


def _seconds(work: Callable[[], object], times: int = 1) -> float:
    begun = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - begun) / times


def _way_back(resident: Resident) -> dict:
    """Walk to the identity service; return the request that its last redirect makes."""
    browser = resident.browser
    url, body = browser.filled(resident.cards(), COMPLETE, **resident.card)
    _, location = browser.send("POST", url, body)
    callback = urlsplit(urljoin(url, location))
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": callback.path,
        "QUERY_STRING": callback.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": str(callback.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": callback.netloc,
        "HTTP_ACCEPT_LANGUAGE": "ja",
        "HTTP_COOKIE": browser.cookie_header(resident.site),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }


def _answer(application: Callable, environ: dict) -> None:
    """Let the application answer; raises SystemExit unless it goes on with the form."""
    headers: dict[str, str] = {}
    chunks = application(environ, lambda status, lines: headers.update(lines))
    list(chunks)
    chunks.close()
    if headers.get("Location") != "/registration/":
        raise SystemExit(f"an identification failed: {headers.get('Location')}")


_KEY = ec.generate_private_key(ec.SECP256R1())
_PUBLIC = _KEY.public_key()
_MESSAGE = bytes(500)


def _raw() -> None:
    signature = _KEY.sign(_MESSAGE, ec.ECDSA(hashes.SHA256()))
    _PUBLIC.verify(signature, _MESSAGE, ec.ECDSA(hashes.SHA256()))


def table(cost: ClientCost) -> str:
    """Return the figures as Markdown."""
    rows = (
        ("in a row", "ES256 signature and verification alone", cost.raw_in_a_row, 0),
        ("in a row", "client, HTTP calls apart", cost.protocol_in_a_row, cost.raw_in_a_row),
        ("in callbacks", "ES256 signature and verification alone", cost.raw, 0),
        ("in callbacks", "client, HTTP calls apart", cost.protocol, cost.raw),
        (
            "in callbacks",
            f"callback to redirect, HTTP calls apart (aim ≤ {AIM})",
            cost.callback,
            cost.raw,
        ),
        ("in callbacks", "HTTP calls, waiting apart", cost.http, cost.raw),
    )
    return "\n".join(
        [
            "| one login | | CPU ms | of its cryptography |",
            "|---|---|--:|--:|",
            *(
                f"| {what} | {how} | {ms:.3f} | {f'{ms / raw:.1f}' if raw else ''} |"
                for how, what, ms, raw in rows
            ),
            "",
            f"A callback runs {cost.statements} statements in the database.",
        ]
    )


def main() -> None:
    """Measure on a stack of its own and print."""
    with running() as stack:
        print(table(measure(stack, count(1))))


if __name__ == "__main__":
    main()
