"""How many of a process's threads may wait for the identity service: few, and fewer while it hangs.

A bulkhead and a circuit breaker in one object, per process, in memory.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from myna_auth.errors import NoAnswer, ProviderUnavailable

PATIENCE_SECONDS = 0.5
SILENT_LOGINS = 2


class CircuitBreaker:
    """Admits logins to the service, at most `places` at once.

    When all places are taken, a login waits for one until the oldest login inside is
    PATIENCE_SECONDS old: in a rush everybody gets a turn, and behind a service that hangs nobody
    waits. After SILENT_LOGINS in a row that got no answer the circuit is open: one login at a time
    tries the service and all others are refused at once. Any answer closes it.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._left = threading.Condition()
        self._inside: list[float] = []
        self._silent = 0

    @contextmanager
    def login(self) -> Iterator[None]:
        """Hold a place; raise ProviderUnavailable with `busy` or `circuit_open` without one."""
        began = self._enter()
        answered = True
        try:
            yield
        except NoAnswer:
            answered = False
            raise
        finally:
            with self._left:
                self._inside.remove(began)
                self._silent = 0 if answered else self._silent + 1
                self._left.notify_all()

    def _enter(self) -> float:
        with self._left:
            if not self._left.wait_for(self._has_place, timeout=self._patience()):
                raise ProviderUnavailable("circuit_open" if self._is_open() else "busy")
            began = monotonic()
            self._inside.append(began)
            return began

    def _is_open(self) -> bool:
        return self._silent >= SILENT_LOGINS

    def _has_place(self) -> bool:
        return len(self._inside) < (1 if self._is_open() else self._places)

    def _patience(self) -> float:
        """Return how long a login may wait for a place."""
        if self._is_open() or not self._inside:
            return 0
        return max(0, self._inside[0] + PATIENCE_SECONDS - monotonic())
