"""The embedding process for tests: its table, its socket, and one that runs."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.db import connection

from catalog.meaning import client, table
from tests.patrons import processes
from tests.waiting import eventually

WITHOUT = "this PostgreSQL has no pgvector"


def has_pgvector() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')")
        return cursor.fetchone()[0]


@contextmanager
def vectors() -> Iterator[None]:
    """Have the table, empty, and nothing of it afterwards."""
    table.set_up()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table.TABLE}")
            cursor.execute("DROP EXTENSION IF EXISTS vector CASCADE")


def rows() -> dict[int, list[str]]:
    """Return the phrases of every stored record."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT record_id, phrases FROM {table.TABLE}")
        return dict(cursor.fetchall())


def start(*arguments: str, log: Path, at: Path | None = None) -> subprocess.Popen:
    environment = {"EMBEDDER_SOCKET": str(at or log.with_suffix(".sock"))}
    return processes.start("embedder", *arguments, log=log, environment=environment)


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Keep an embedding process; yield its socket, beside which its log lies.

    Pages wait for it as long as a busy machine takes.
    """
    at = folder / "embedder.sock"
    process = start(log=folder / "embedder.log", at=at)
    try:
        eventually(lambda: at.exists() or process.poll() is not None)
        assert process.poll() is None, (folder / "embedder.log").read_text()
        with mock.patch.multiple(client, DEADLINE_SECONDS=60.0, READY_SECONDS=60.0):
            yield at
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        assert process.wait(30) == 0
        client.forget()
