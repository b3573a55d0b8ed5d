"""How long a request waits for the database: WAIT_SECONDS in all, whatever it asks how often.

Only the time of waiting counts, not what a page takes besides. Who has waited for PATIENCE_SECONDS
needs a place to go on, and there are places for half of the process's threads: the other half keeps
serving pages that need no database, and those the database still answers (a lock is held, not
everything hangs). While all places are taken, SHORT_PATIENCE_SECONDS are enough.

Every request first asks the connection it borrowed for a sign of life. A server that gives none for
SIGN_OF_LIFE_SECONDS, or for PATIENCE_SECONDS while all places are taken, opens the circuit: one
request at a time tries, all others are refused at once, until there is an answer.

Outside of requests (commands, the worker) nobody counts.
Reasons: docs/adr/0044-a-database-that-hangs.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from time import monotonic

import psycopg
from django.conf import settings
from psycopg_pool import ConnectionPool, PoolTimeout

from outages.breaker import PATIENCE_SECONDS, CircuitBreaker, Place, Refused

WAIT_SECONDS = 4.0
SHORT_PATIENCE_SECONDS = 0.2
SIGN_OF_LIFE_SECONDS = 2.0
TICK_SECONDS = 0.1


class DatabaseSilent(psycopg.OperationalError):
    """The server gave no answer in time; whether it did what it was asked is not known."""


class DatabaseRefused(psycopg.OperationalError):
    """The server was not waited for: too many wait already, or it is known to be silent."""


class Request:
    """One request's patience: the seconds of waiting that are left.

    `has_committed`: a transaction of it has ended well, whatever became of a later one.
    """

    def __init__(self) -> None:
        self.left = WAIT_SECONDS
        self.wants_sign_of_life = False
        self.has_committed = False


class Wait:
    """One wait of a request."""

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
        if self._place is None and waited >= self._patience():
            try:
                self._take_place()
            except DatabaseRefused:
                # Others wait for long already: this is more than a lock, or a slow statement.
                if wants_sign and self._is_silent():
                    raise DatabaseSilent("no sign of life") from None
                raise

    def _patience(self) -> float:
        # No lock can hold a sign of life: where it takes longer, that is worth knowing.
        is_short = circuit().is_full and not self._request.wants_sign_of_life
        return SHORT_PATIENCE_SECONDS if is_short else PATIENCE_SECONDS

    def answered(self) -> None:
        """End the wait: the server has answered."""
        circuit().is_sound()
        self.end()

    def end(self) -> None:
        """End the wait; nothing was learnt about the server."""
        self._request.left -= monotonic() - self._began
        if self._place is not None:
            self._place.leave()

    def failed(self, error: BaseException) -> None:
        """End the wait without an answer."""
        if isinstance(error, DatabaseSilent) and self._is_silent():
            circuit().is_silent()
        self.end()

    def _is_silent(self) -> bool:
        """Return whether there was time for an answer, and nobody of this process had any."""
        waited = monotonic() - self._began
        return waited >= PATIENCE_SECONDS and not circuit().was_heard_since(self._began)

    def _take_place(self) -> None:
        try:
            self._place = circuit().take_place()
        except Refused as refused:
            raise DatabaseRefused(refused.reason) from None


_request: ContextVar[Request | None] = ContextVar("request", default=None)


@cache
def circuit() -> CircuitBreaker:
    """Return this process's circuit breaker; one server that is silent is silent for all."""
    return CircuitBreaker(max(1, settings.GUNICORN_THREADS // 2), silences=1)


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


def borrow(pool: ConnectionPool) -> psycopg.Connection:
    """Return a connection that answers, out of a pool.

    Dead ones, as after a restart of the server, are given back, which replaces them. Raises
    PoolTimeout, DatabaseSilent or DatabaseRefused.
    """
    request = current_request()
    if request is not None:
        request.wants_sign_of_life = True
    try:
        while True:
            connection = _next(pool, request)
            try:
                pool.check_connection(connection)
            except BaseException as error:
                pool.putconn(connection)
                if not isinstance(error, psycopg.OperationalError) or isinstance(
                    error, DatabaseSilent | DatabaseRefused
                ):
                    raise
            else:
                return connection
    finally:
        if request is not None:
            request.wants_sign_of_life = False


def _next(pool: ConnectionPool, request: Request | None) -> psycopg.Connection:
    """Take a connection out of the pool, or wait until it has made one."""
    if request is None:
        return pool.getconn()
    wait = Wait(request)
    try:
        while True:
            try:
                connection = pool.getconn(timeout=TICK_SECONDS)
            except PoolTimeout:
                wait.tick()
            else:
                break
    except BaseException as error:
        wait.failed(error)
        raise
    wait.end()
    return connection
