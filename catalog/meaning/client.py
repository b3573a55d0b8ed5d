"""The embedding process as pages see it: one question, a short deadline, and whether it is there.

Whatever is missing (package, extension, table, process), nothing answers at the socket. So one look
there says for every page whether AI蔵書探索 is there, without a statement to the database.
"""

import socket
from functools import cache
from threading import Lock
from time import monotonic

from django.conf import settings

READY, BUSY = b"ready", b"busy"
# A usual question takes some hundredths of a second, one of 500 characters half a second.
DEADLINE_SECONDS = 4.0
# Within which a healthy process says that it is there.
READY_SECONDS = 0.2
# What was seen is believed for so long.
FRESH_SECONDS = 10.0
LARGEST = 1 << 14


class Unanswered(Exception):
    """The embedding process is away, too slow, or has too much to do."""


def is_wanted() -> bool:
    """Return whether this site has AI蔵書探索 at all."""
    return bool(settings.EMBEDDER_SOCKET)


def available() -> bool:
    """Return whether a question would be answered now; seen some seconds ago at most."""
    return is_wanted() and _look().is_ready()


def query(question: str) -> str:
    """Return a question's vector as pgvector reads it; raises Unanswered."""
    answer = _asked(question.encode(errors="replace"), DEADLINE_SECONDS)
    if not answer.startswith(b"["):
        raise Unanswered
    return answer.decode()


def received(connected: socket.socket, largest: int) -> bytes | None:
    """Return all that the other side sends until it ends; None where it is too much."""
    parts: list[bytes] = []
    size = 0
    while part := connected.recv(largest):
        parts.append(part)
        if (size := size + len(part)) > largest:
            return None
    return b"".join(parts)


def _asked(said: bytes, seconds: float) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as connected:
            connected.settimeout(seconds)
            connected.connect(settings.EMBEDDER_SOCKET)
            connected.sendall(said)
            connected.shutdown(socket.SHUT_WR)
            return received(connected, LARGEST) or b""
    except OSError:
        raise Unanswered from None


class _Look:
    """What was last seen at the socket, and until when that is believed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until = 0.0
        self._ready = False

    def is_ready(self) -> bool:
        # One thread looks, the others go on with what was seen before.
        if monotonic() > self._until and self._lock.acquire(blocking=False):
            try:
                try:
                    self._ready = _asked(b"", READY_SECONDS) == READY
                except Unanswered:
                    self._ready = False
                self._until = monotonic() + FRESH_SECONDS
            finally:
                self._lock.release()
        return self._ready


@cache
def _look() -> _Look:
    return _Look()


def forget() -> None:
    """Look anew at the next page, as after a question that was not answered."""
    _look.cache_clear()
