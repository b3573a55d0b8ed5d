"""Several things at once, each in a thread with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from tests.waiting import eventually

# As many connections at once as a server with PostgreSQL's default of 100 can spare.
CONNECTIONS = 50


def together(tasks: list[Callable[[], object]]) -> list[object]:
    """Run tasks on as many threads as CONNECTIONS allows, each with a connection of its own."""
    workers = min(len(tasks), CONNECTIONS)
    barrier = Barrier(workers)

    def run(index: int, task: Callable[[], object]) -> object:
        options = connection.settings_dict["OPTIONS"]
        connection.settings_dict = connection.settings_dict | {
            "OPTIONS": {key: value for key, value in options.items() if key != "pool"}
        }
        try:
            connection.ensure_connection()
            if index < workers:
                barrier.wait(timeout=30)
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as threads:
        return list(threads.map(run, range(len(tasks)), tasks))


def somebody_waits() -> bool:
    """Return whether a connection to this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return cursor.fetchone()[0]


def until_somebody_waits() -> None:
    """Return once a connection to this database waits for a lock."""
    eventually(somebody_waits)
