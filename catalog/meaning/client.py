"""The embedding process as pages see it: one question, a short deadline, and whether it is there.

Whatever is missing (package, extension, table, process), nothing answers at the socket. So one look
there says for every page whether AI蔵書探索 is there, without a statement to the database.
"""

import socket
from functools import cache
from threading import BoundedSemaphore, Lock
from time import monotonic

from django.conf import settings

READY, BUSY = b"ready", b"busy"
# A usual question takes some hundredths of a second, the longest less than a second.
DEADLINE_SECONDS = 1.0
# Of one web process: whatever the embedding process does, its other threads answer other pages.
MOST_AT_ONCE = 2
# Within which a healthy process says that it is there.
READY_SECONDS = 0.2
# What was seen is believed for so long.
FRESH_SECONDS = 10.0
LARGEST = 1 << 14
_places = BoundedSemaphore(MOST_AT_ONCE)


class Unanswered(Exception):
    """The embedding process is away, too slow, or has too much to do."""


def is_wanted() -> bool:
    """Return whether this site has AI蔵書探索 at all."""
    return bool(settings.EMBEDDER_SOCKET)


def available() -> bool:
    """Return whether a question would be answered now; seen some seconds ago at most."""
    return is_wanted() and _look().is_ready()


def query(question: str) -> str:
    """Return a question's vector as pgvector reads it; raises Unanswered.

    It asks nobody while the process is away, or while enough others ask. A process that does not
    answer is away for some seconds, even if it says that it is there.
    """
    if not available() or not _places.acquire(blocking=False):
        raise Unanswered
    try:
        answer = _asked(question.encode(errors="replace"), DEADLINE_SECONDS)
    finally:
        _places.release()
    if answer.startswith(b"["):
        return answer.decode()
    if answer != BUSY:
        _look().lost()
    raise Unanswered


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
    """Return what the process answers; b"" where it does not."""
    try:
        with socket.socket(socket.AF_UNIX) as connected:
            until = monotonic() + seconds
            connected.settimeout(seconds)
            connected.connect(settings.EMBEDDER_SOCKET)
            connected.sendall(said)
            connected.shutdown(socket.SHUT_WR)
            connected.settimeout(max(until - monotonic(), 0.001))
            return received(connected, LARGEST) or b""
    except OSError:
        return b""


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
                self._ready = _asked(b"", READY_SECONDS) == READY
                self._until = monotonic() + FRESH_SECONDS
            finally:
                self._lock.release()
        return self._ready

    def lost(self) -> None:
        """Believe that nothing answers, as after a question that was not answered."""
        self._ready, self._until = False, monotonic() + FRESH_SECONDS


@cache
def _look() -> _Look:
    return _Look()


def forget() -> None:
    """Look anew at the next page."""
    _look.cache_clear()
