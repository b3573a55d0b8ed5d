"""What the live server is still answering, so that no test meets a request of the one before.

A browser that is closed takes back no request: the server goes on, with a session to store.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_changed = threading.Condition()
_requests = 0


def counted(application: Callable[..., Any]) -> Callable[..., Any]:
    """Return the WSGI application, of which `wait_for_answers` knows what it is doing."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _count(1)
        try:
            answered = application(environ, start_response)
        except BaseException:
            _count(-1)
            raise
        return _Answer(answered)

    return answer


class _Answer:
    """An answer's parts; closed when it was sent, or when nobody reads it any more."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        try:
            getattr(self.parts, "close", lambda: None)()
        finally:
            _count(-1)


def _count(change: int) -> None:
    global _requests
    with _changed:
        _requests += change
        _changed.notify_all()


def wait_for_answers() -> None:
    """Wait until the live server answers no request; AssertionError after half a minute."""
    with _changed:
        assert _changed.wait_for(lambda: not _requests, timeout=30), f"{_requests} unanswered"
