"""How many of a process's threads may wait for the identity service: few, and fewer while it hangs.

A bulkhead and a circuit breaker in one object, per process, in memory.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from myna_auth.errors import NoAnswer, ProviderUnavailable

PATIENCE_SECONDS = 0.5
LONGEST_PATIENCE_SECONDS = 2.0
RECENT_ANSWERS = 20
SILENT_LOGINS = 2


class CircuitBreaker:
    """Admits logins to the service, at most `places` at once.

    When all places are taken, a login waits for one as long as the service is heard: as long as no
    silence between its answers is longer than PATIENCE_SECONDS, or than twice what a recent answer
    took. So in a rush everybody gets a turn, also at a slow service, and behind one that hangs
    nobody waits. After SILENT_LOGINS in a row that got no answer the circuit is open: one login at
    a time tries the service and all others are refused at once. Any answer closes it.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._changed = threading.Condition()
        self._inside = 0
        self._silent = 0
        self._heard = 0.0
        self._recent: deque[float] = deque(maxlen=RECENT_ANSWERS)

    @contextmanager
    def login(self) -> Iterator["Place"]:
        """Hold a place; raise ProviderUnavailable with `busy` or `circuit_open` without one."""
        place = self._enter()
        silent = False
        try:
            yield place
        except NoAnswer:
            silent = True
            raise
        finally:
            if not silent:
                place.answered()
            with self._changed:
                self._inside -= 1
                self._silent = self._silent + 1 if silent else 0
                self._changed.notify_all()

    def hear(self, seconds: float) -> None:
        """Take note of an answer that took so long.

        The first ones after a silence do not show how slow the service is, but how long it hung:
        kept, they would let everybody wait the longer when it hangs again.
        """
        with self._changed:
            self._heard = monotonic()
            if not self._silent:
                self._recent.append(seconds)
            self._changed.notify_all()

    def _enter(self) -> "Place":
        with self._changed:
            while not self._has_place():
                if self._is_open():
                    raise ProviderUnavailable("circuit_open")
                patience = self._heard + self._patience() - monotonic()
                if patience <= 0:
                    raise ProviderUnavailable("busy")
                self._changed.wait(patience)
            if not self._inside:
                # Nobody was asking, so the service was not silent before this moment.
                self._heard = monotonic()
            self._inside += 1
            return Place(self)

    def _is_open(self) -> bool:
        return self._silent >= SILENT_LOGINS

    def _has_place(self) -> bool:
        return self._inside < (1 if self._is_open() else self._places)

    def _patience(self) -> float:
        """Return for how long the service may be silent before it counts as hanging."""
        slowest = max(self._recent, default=0.0)
        return min(max(PATIENCE_SECONDS, 2 * slowest), LONGEST_PATIENCE_SECONDS)


class Place:
    """A login that is inside."""

    def __init__(self, circuit: CircuitBreaker) -> None:
        self._circuit = circuit
        self._asked = monotonic()

    def answered(self) -> None:
        """Say that the service has answered: whoever waits for a place may go on waiting."""
        now = monotonic()
        self._circuit.hear(now - self._asked)
        self._asked = now
