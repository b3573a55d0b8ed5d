"""Requests through the site's own WSGI application, each undone when it has been answered."""

import io
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, connection, transaction

from oita_library.wsgi import application

Pairs = Sequence[tuple[bytes, bytes]]
CSRF = "a" * 32
FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What came back; `fault` tells of an exception that nothing caught."""

    status: int
    location: str
    text: str
    fault: str = ""


def encoded(pairs: Pairs) -> bytes:
    """Return a query or the body of a form."""
    return b"&".join(
        quote(name, safe="").encode() + b"=" + quote(value, safe="").encode()
        for name, value in pairs
    )


def as_pairs(texts: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return names and values as a client sends them."""
    return [
        (name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
        for name, value in texts
    ]


def send(
    method: str,
    path: bytes,
    *,
    cookies: str = "",
    query: Pairs = (),
    body: bytes = b"",
    content_type: str = FORM,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send a request and read its whole answer; `path` is what a server has decoded."""
    faults: list[str] = []

    def noted(**_: object) -> None:
        faults.append(_fault())

    started: list[tuple[str, list[tuple[str, str]]]] = []
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": encoded(query).decode(),
        "CONTENT_TYPE": content_type if method == "POST" else "",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": f"csrftoken={CSRF}; {cookies}",
        "HTTP_X_CSRFTOKEN": CSRF,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **(headers or {}),
    }
    got_request_exception.connect(noted, weak=False)
    try:
        answered = application(
            environ, lambda status, sent, exc=None: started.append((status, sent))
        )
        text = b"".join(answered).decode("utf-8", "replace")
        answered.close()
    except Exception:
        return Answer(500, "", "", _fault())
    finally:
        got_request_exception.disconnect(noted)
    status, sent = started[0]
    location = dict(sent).get("Location", "")
    return Answer(int(status.split()[0]), location, text, faults[0] if faults else "")


@contextmanager
def undone() -> Iterator[None]:
    """Undo whatever is written meanwhile, after what waits for the commit has been done, too."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        with _transaction():
            yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@contextmanager
def _transaction() -> Iterator[None]:
    with transaction.atomic():
        # As in Django's TestCase: a transaction that has to be the outermost may begin inside.
        connection.atomic_blocks[-1]._from_testcase = True
        waiting = len(connection.run_on_commit)
        try:
            yield
            for _, then, _ in connection.run_on_commit[waiting:]:
                then()
        finally:
            del connection.run_on_commit[waiting:]
            transaction.set_rollback(True)


def _fault() -> str:
    kind, value, trace = sys.exc_info()
    ours = [frame for frame in traceback.extract_tb(trace) if ".venv" not in frame.filename]
    place = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else "?"
    last = traceback.extract_tb(trace)[-1] if trace else None
    return f"{kind.__name__ if kind else '?'}: {str(value)[:200]} at {place} ({last and last.name})"
