"""How long a request waits for the database: WAIT_SECONDS in all, whatever it asks how often.

Who has waited for PATIENCE_SECONDS, or for SHORT_PATIENCE_SECONDS while all places are taken, needs
a place to go on. A server that gives no sign of life for SIGN_OF_LIFE_SECONDS, or for
PATIENCE_SECONDS while all places are taken, opens the circuit. Outside of requests (commands, the
worker) nobody counts. Reasons: docs/adr/0026-what-may-hang.md.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import Any, Self

import psycopg
from django.conf import settings
from psycopg_pool import ConnectionPool, PoolTimeout

from outages.breaker import PATIENCE_SECONDS, CircuitBreaker, Place, Refused

WAIT_SECONDS = 4.0
SHORT_PATIENCE_SECONDS = 0.2
SIGN_OF_LIFE_SECONDS = 2.0
TICK_SECONDS = 0.1


class DatabaseGivenUp(psycopg.OperationalError):
    """The server is not waited for."""


class DatabaseSilent(DatabaseGivenUp):
    """The server gave no answer in time; whether it did what it was asked is not known."""


class DatabaseRefused(DatabaseGivenUp):
    """Too many wait already, or the server is known to be silent."""


@dataclass
class Request:
    """One request's patience: the seconds of waiting that are left.

    `has_committed`: a transaction of it has ended well, whatever became of a later one.
    """

    left: float = field(default_factory=lambda: WAIT_SECONDS)
    wants_sign_of_life: bool = False
    has_committed: bool = False


_request: ContextVar[Request | None] = ContextVar("request", default=None)


@contextmanager
def of_a_request() -> Iterator[None]:
    """Count the waits of what runs in here as those of one request."""
    token = _request.set(Request())
    try:
        yield
    finally:
        _request.reset(token)


def current_request() -> Request | None:
    """Return the request that this thread answers; None outside of one."""
    return _request.get()


@cache
def circuit() -> CircuitBreaker:
    """Return this process's; one server that is silent is silent for all."""
    return CircuitBreaker(max(1, settings.GUNICORN_THREADS // 2), silences=1)


class Wait:
    """One wait of a request, from now to the end of its `with` block; raises DatabaseRefused."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._began = monotonic()
        self._place: Place | None = None
        if circuit().is_open:
            self._take_place()

    def tick(self) -> None:
        """Look at the clock while there is no answer; raises DatabaseSilent, DatabaseRefused."""
        waited = monotonic() - self._began
        wants_sign = self._request.wants_sign_of_life
        if waited >= self._request.left or (
            wants_sign and waited >= SIGN_OF_LIFE_SECONDS and self._is_silent()
        ):
            raise DatabaseSilent("no answer in time")
        # No lock can hold a sign of life: where it takes longer, that is worth knowing.
        is_short = circuit().is_full and not wants_sign
        patience = SHORT_PATIENCE_SECONDS if is_short else PATIENCE_SECONDS
        if self._place is None and waited >= patience:
            try:
                self._take_place()
            except DatabaseRefused:
                # Others wait for long already: this is more than a lock, or a slow statement.
                if wants_sign and self._is_silent():
                    raise DatabaseSilent("no sign of life") from None
                raise

    def _is_silent(self) -> bool:
        """Return whether there was time for an answer, and nobody of this process had any."""
        waited = monotonic() - self._began
        return waited >= PATIENCE_SECONDS and not circuit().was_heard_since(self._began)

    def _take_place(self) -> None:
        try:
            self._place = circuit().take_place()
        except Refused as refused:
            raise DatabaseRefused(refused.reason) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, DatabaseSilent) and self._is_silent():
            circuit().is_silent()
        self._request.left -= monotonic() - self._began
        if self._place is not None:
            self._place.leave()


class PatientConnection(psycopg.Connection):
    """psycopg's connection, closed where a request has waited long enough.

    Every wait of psycopg's goes through `wait`, which looks up every tenth of a second: that is
    when the clock is looked at, so an answer in time costs next to nothing.
    """

    def wait(self, gen: Generator[Any, Any, Any], *arguments: Any, **options: Any) -> Any:
        request = current_request()
        if request is None:
            return super().wait(gen, *arguments, **options)
        wait = Wait(request)
        try:
            with wait:
                answer = super().wait(_watched(gen, wait), *arguments, **options)
                circuit().is_sound()
                return answer
        except DatabaseGivenUp:
            # The answer may still come, and would be taken for that to the next question.
            self.pgconn.finish()
            raise


def _watched(gen: Generator[Any, Any, Any], wait: Wait) -> Generator[Any, Any, Any]:
    """Pass on what psycopg's generator wants to wait for; nothing is ready at a tick."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready:
                wait.tick()
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value


def borrow(pool: ConnectionPool) -> psycopg.Connection:
    """Return a connection that answers; raises PoolTimeout or DatabaseGivenUp.

    Dead ones, as after a restart of the server, are given back, which replaces them.
    """
    request = current_request()
    if request is not None:
        request.wants_sign_of_life = True
    try:
        while True:
            connection = _next(pool, request)
            try:
                pool.check_connection(connection)
                return connection
            except BaseException as error:
                pool.putconn(connection)
                if isinstance(error, DatabaseGivenUp) or not isinstance(
                    error, psycopg.OperationalError
                ):
                    raise
    finally:
        if request is not None:
            request.wants_sign_of_life = False


def _next(pool: ConnectionPool, request: Request | None) -> psycopg.Connection:
    """Take a connection out of the pool, or wait until it has made one."""
    if request is None:
        return pool.getconn()
    with Wait(request) as wait:
        while True:
            try:
                return pool.getconn(timeout=TICK_SECONDS)
            except PoolTimeout:
                wait.tick()
