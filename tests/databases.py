"""The test databases: one migrated template per run, cloned by every worker, dropped at the end."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from demo.embedded_postgres import TEST, EmbeddedPostgres

RUN = "TEST_RUN_ID"


def name_of(worker: str) -> str:
    return f"test_{os.environ[RUN]}_{worker}"


@contextmanager
def server() -> Iterator[None]:
    """Keep a server for the tests: DATABASE_URL's, else the checkout's embedded test cluster."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    embedded = EmbeddedPostgres(settings.BASE_DIR, TEST)
    alone = embedded.start()
    connection.settings_dict.update(embedded.settings)
    try:
        if alone:
            drop_databases("test\\_%")  # left by runs that were killed
        yield
    finally:
        connection.close()
        connection.close_pool()
        embedded.stop()


def use_template(worker: str) -> None:
    """Point TEST at this run's migrated template, which the first worker makes."""
    template = name_of("template")
    lock = settings.BASE_DIR / "var" / "test-template.lock"
    with lock.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        if not _exists(template):
            _make_template(template)
    connection.settings_dict["TEST"] |= {"NAME": name_of(worker), "TEMPLATE": template}


def drop_databases(pattern: str) -> None:
    """Drop the databases whose names match a LIKE pattern, even with clients."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _exists(name: str) -> bool:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _make_template(name: str) -> None:
    original = connection.settings_dict["NAME"]
    unfinished = name_of("unfinished")
    connection.settings_dict["TEST"]["NAME"] = unfinished
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = original
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
