"""What a process knows from the database, so that pages need not ask it.

It is read again when it is older than FRESH_SECONDS, in a thread of its own, whoever asks. The page
that asks waits for it WAIT_SECONDS at most; while the database hangs, nobody else waits at all, and
what was known last stays known.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from django.db import connection

from outages.database import patience

FRESH_SECONDS = 10
WAIT_SECONDS = 0.3

Fact = TypeVar("Fact")


class Known(Generic[Fact]):
    """What `ask` returns, under a name for logs and threads; `nothing` until it was first read."""

    def __init__(self, name: str, ask: Callable[[], Fact], nothing: Fact) -> None:
        self._name = name
        self._ask = ask
        self._known = nothing
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._reading: threading.Thread | None = None
        self._reading_since = 0.0

    def read(self) -> None:
        """Ask the database; the whole process knows the answer from then on."""
        self._known = self._ask()
        self._read_at = monotonic()

    def renew(self) -> None:
        """Have whoever asks next read it again."""
        self._read_at = None

    def is_reading(self) -> bool:
        return self._reading is not None and self._reading.is_alive()

    def now(self) -> Fact:
        """Return what is known, read again first where that is old."""
        if self._read_at is not None and monotonic() - self._read_at <= FRESH_SECONDS:
            return self._known
        with self._lock:
            reading = self._reading
            if reading is None or not reading.is_alive():
                reading = threading.Thread(target=self._read_apart, name=self._name, daemon=True)
                self._reading, self._reading_since = reading, monotonic()
                reading.start()
            since = self._reading_since
        reading.join(max(0.0, since + WAIT_SECONDS - monotonic()))
        return self._known

    def _read_apart(self) -> None:
        try:
            # With a request's patience: a reading that hung for good would be the process's last.
            with patience.of_a_request():
                self.read()
        except Exception:
            # Whatever it was, pages go on with what was known; the next try is at the usual time.
            event = f"{self._name}_not_read"
            logging.getLogger(self._name).warning(f"{self._name} not read", extra={"event": event})
            self._read_at = monotonic()
        finally:
            connection.close()
