"""Django's PostgreSQL backend, which neither asks nor waits for a server without end."""

from typing import Any

import psycopg
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.utils.asyncio import async_unsafe

from outages.database import limits, patience


class DatabaseWrapper(PostgresWrapper):
    """A connection with this process's limits, borrowed with a request's patience."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if options := limits.startup_options():
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
