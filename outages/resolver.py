"""The addresses of a host, within a time.

The system's resolver takes its own time (`RES_OPTIONS`, `resolv.conf`), which no caller can cut
short. So a thread asks it: one per host at most, whoever comes meanwhile waits for the same answer.
"""

import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

Addresses = Sequence[tuple[Any, ...]]

_lock = threading.Lock()
_asked: dict[tuple[str, int], Future[Addresses]] = {}


def addresses(host: str, port: int, *, seconds: float) -> Addresses:
    """Return what `socket.getaddrinfo` finds; raise its errors, or TimeoutError."""
    with _lock:
        answer = _asked.get((host, port))
        if answer is None:
            answer = _asked[host, port] = Future()
            # It cannot be stopped, and must not keep the process from ending.
            threading.Thread(target=_ask, args=(host, port, answer), daemon=True).start()
    return answer.result(timeout=max(0.0, seconds))


def _ask(host: str, port: int, answer: Future[Addresses]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except Exception as error:
        give = partial(answer.set_exception, error)
    else:
        give = partial(answer.set_result, found)
    with _lock:
        del _asked[host, port]
    give()
