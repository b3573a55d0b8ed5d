"""Django's PostgreSQL backend, which neither asks nor waits for a server without end.

The limits are the server's own: they end what waits for a lock, and statements nobody waits for any
more. A server that is stopped does not count: `patience` does that for the requests.
"""

from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.utils.asyncio import async_unsafe

from outages.database import patience


class Limits(NamedTuple):
    """Seconds a statement may take, and of these wait for a lock; a command has no such limits."""

    statement: int
    lock: int


WEB = Limits(statement=3, lock=2)
WORKER = Limits(statement=30 * 60, lock=60)

_limits: Limits | None = None


def use_limits(limits: Limits) -> None:
    """Set the limits of this process, before its first connection."""
    global _limits
    _limits = limits


class DatabaseWrapper(PostgresWrapper):
    """A connection with this process's limits, borrowed with a request's patience."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        # A transaction pooler takes no such options, and has its own (docs/operations.md).
        if _limits and not settings.DATABASE_DIRECT_URL:
            statement, lock = _limits
            options = f"-c statement_timeout={statement}s -c lock_timeout={lock}s"
            params["options"] = f"{params.get('options', '')} {options}".strip()
        return params

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        """Return a connection as Django does, but from the pool only one that answers in time."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self.pool.open()
        return patience.borrow(self.pool)

    def commit(self) -> None:
        super().commit()
        if request := patience.current_request():
            request.has_committed = True
