"""How many of a process's threads may wait for what others run: few, and fewer while it hangs."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

PATIENCE_SECONDS = 0.5
LONGEST_PATIENCE_SECONDS = 2.0
RECENT_ANSWERS = 20
SILENCES = 2


class Refused(Exception):
    """There is no place to wait on: `busy`, or `circuit_open` while the service is silent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CircuitBreaker:
    """Admits callers to a service, at most `places` at once (ADR 0026).

    When all are taken, a caller waits for one as long as no silence between the service's answers
    is longer than PATIENCE_SECONDS, or than twice what a recent answer took. After so many
    `silences` in a row the circuit is open, until there is any answer.
    """

    def __init__(self, places: int, *, silences: int = SILENCES) -> None:
        self._places = places
        self._silences = silences
        self._changed = threading.Condition()
        self._inside = 0
        self._silent = 0
        self._heard = 0.0
        self._recent: deque[float] = deque(maxlen=RECENT_ANSWERS)

    @property
    def is_open(self) -> bool:
        """Whether the service is silent, so that one caller at a time tries it."""
        return self._silent >= self._silences

    @property
    def is_full(self) -> bool:
        """Whether nobody would get a place now."""
        return self._inside >= (1 if self.is_open else self._places)

    @contextmanager
    def place(self, *, silence: type[Exception]) -> Iterator["Place"]:
        """Hold a place, after waiting for one, or raise Refused; `silence` says no answer came."""
        place = self._enter()
        answered = True
        try:
            yield place
        except silence:
            answered = False
            raise
        finally:
            if answered:
                place.answered()
                self.is_sound()
            else:
                self.is_silent()
            place.leave()

    def _enter(self) -> "Place":
        with self._changed:
            while self.is_full:
                patience = self._heard + self._patience() - monotonic()
                if self.is_open or patience <= 0:
                    raise self._refusal()
                self._changed.wait(patience)
            if not self._inside:
                # Nobody was asking, so the service was not silent before this moment.
                self._heard = monotonic()
            self._inside += 1
            return Place(self)

    def take_place(self) -> "Place":
        """Hold a place without waiting for one, until `leave`; raises Refused."""
        with self._changed:
            if self.is_full:
                raise self._refusal()
            self._inside += 1
            return Place(self)

    def _refusal(self) -> Refused:
        return Refused("circuit_open" if self.is_open else "busy")

    def _patience(self) -> float:
        """Return for how long the service may be silent before it counts as hanging."""
        slowest = max(self._recent, default=0.0)
        return min(max(PATIENCE_SECONDS, 2 * slowest), LONGEST_PATIENCE_SECONDS)

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

    def is_silent(self) -> None:
        """Take note that a caller got no answer at all."""
        with self._changed:
            self._silent += 1
            self._changed.notify_all()

    def is_sound(self) -> None:
        """Take note of an answer; cheap enough for every statement of a database."""
        self._heard = monotonic()
        if self._silent:
            with self._changed:
                self._silent = 0
                self._changed.notify_all()

    def was_heard_since(self, moment: float) -> bool:
        """Return whether anybody of this process got an answer since a moment of `monotonic`."""
        return self._heard > moment

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()


class Place:
    """A caller that is inside."""

    def __init__(self, circuit: CircuitBreaker) -> None:
        self.leave = circuit.leave
        self._hear = circuit.hear
        self._asked = monotonic()

    def answered(self) -> None:
        """Say that the service has answered: whoever waits for a place may go on waiting."""
        now = monotonic()
        self._hear(now - self._asked)
        self._asked = now
