"""A conversation with another machine that ends at one moment, however slowly the other speaks.

A socket's time-out is for one read: a machine that sends one byte a second never runs into it.
Moments are of `time.monotonic()`; what comes too late raises TimeoutError.
"""

import io
import socket
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Any

Addresses = Sequence[tuple[Any, ...]]

_lock = threading.Lock()
_asked: dict[tuple[str, int], Future[Addresses]] = {}


def seconds_left(deadline: float) -> float:
    """Return the seconds until a moment that is not over."""
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class DeadlineReader(io.RawIOBase):
    """A socket's bytes until a moment in time, however slowly they drip."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(seconds_left(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def connect(
    host: str,
    port: int,
    *,
    deadline: float,
    step_seconds: float,
    options: Iterable[tuple[Any, ...]] = (),
) -> socket.socket:
    """Return a socket to the first of a host's addresses that lets us in.

    Finding the host, and each of its addresses, may take `step_seconds`, all of it until
    `deadline`. The socket's time-out is what is left for the next step, such as TLS. Raises
    socket.gaierror, TimeoutError and other OSErrors.
    """
    failure = OSError("the host has no address")
    seconds = min(step_seconds, seconds_left(deadline))
    for family, kind, protocol, _, address in _addresses(host, port, seconds=seconds):
        sock = socket.socket(family, kind, protocol)
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(min(step_seconds, seconds_left(deadline)))
            sock.connect(address)
            sock.settimeout(min(step_seconds, seconds_left(deadline)))
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _addresses(host: str, port: int, *, seconds: float) -> Addresses:
    """Return what `socket.getaddrinfo` finds; raise its errors, or TimeoutError.

    The system's resolver takes its own time (`RES_OPTIONS`, `resolv.conf`), which no caller can cut
    short. So a thread asks it: one per host at most, whoever comes meanwhile waits for its answer.
    """
    with _lock:
        answer = _asked.get((host, port))
        if answer is None:
            answer = _asked[host, port] = Future()
            # It cannot be stopped, and must not keep the process from ending.
            threading.Thread(target=_ask, args=(host, port, answer), daemon=True).start()
    return answer.result(timeout=seconds)


def _ask(host: str, port: int, answer: Future[Addresses]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except Exception as error:
        answer.set_exception(error)
    else:
        answer.set_result(found)
    finally:
        with _lock:
            del _asked[host, port]
