"""Measure import_patrons against bare COPY: `python -m bench.import_rate [rows]`.

Made-up patrons are imported into an empty database, and again with one patron in a hundred changed.
The yardstick is COPY of the same file into a table of text columns without an index, and, as the
least that any import of it could take, the same followed by building the patron table's indexes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.measure import memory
from bench.people import HEADERS, write_csv
from bench.stack import BASE_DIR, database

DEFAULT_ROWS = 200_000
AIM = 0.2
MEMORY_AIM_MB = 300


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the command: seconds in all, seconds under the lock, peak memory in MB."""

    seconds: float
    locked: float
    peak_mb: float


def main() -> None:
    """Measure in a database of its own, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=DEFAULT_ROWS)
    rows = parser.parse_args().rows
    with ExitStack() as exits:
        url = exits.enter_context(database())
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="bench-import-")))
        _migrate(url)
        first, second = folder / "first.csv", folder / "second.csv"
        write_csv(first, rows)
        _change_some(first, second)
        print(f"{rows} patrons, {first.stat().st_size / 1e6:.0f} MB")
        with psycopg.connect(url) as connection:
            copy = min(_seconds(lambda: _copy(connection, first)) for _ in range(3))
            print(f"bare COPY: {copy:.2f} s, {rows / copy:,.0f} rows/s")
        whole = _import(url, first)
        _print("first import", whole, rows, copy)
        _print("again, unchanged", _import(url, first), rows, copy)
        _print("again, 1 % changed", _import(url, second), rows, copy)
        with psycopg.connect(url) as connection:
            indexes = _seconds(lambda: _build_indexes(connection))
        print(f"building the table's indexes alone: {indexes:.2f} s")
        print(f"so no import can reach more than {copy / (copy + indexes):.2f} of bare COPY")


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--no-input"],
        cwd=BASE_DIR,
        env=_environment(url),
        check=True,
    )


def _environment(url: str) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": url, "DEPLOYMENT": "demo", "SECRET_KEY": "bench" * 12}


def _change_some(path: Path, changed: Path) -> None:
    """Write the file again with another phone for every hundredth patron."""
    phone = list(HEADERS).index("phone")
    with path.open(encoding="utf-8", newline="") as lines, changed.open("w", newline="") as out:
        for number, line in enumerate(lines):
            cells = line.split(",")
            if number % 100 == 50:
                cells[phone] = f"097-{number % 900 + 100}-0000"
            out.write(",".join(cells))


def _copy(connection: psycopg.Connection, path: Path) -> None:
    connection.execute("DROP TABLE IF EXISTS bare")
    connection.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in HEADERS)})")
    with (
        path.open("rb") as stream,
        connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy,
    ):
        while data := stream.read(1 << 18):
            copy.write(data)
    connection.commit()


def _build_indexes(connection: psycopg.Connection) -> None:
    """Build every index of the patrons' table anew over the same rows."""
    connection.execute("SET LOCAL maintenance_work_mem = '128MB'")
    connection.execute("REINDEX TABLE patrons_patron")
    connection.commit()


def _import(url: str, path: Path) -> Run:
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_patrons", str(path)],
        cwd=BASE_DIR,
        env=_environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watched = Watch(url, process.pid)
    output, _ = process.communicate()
    seconds = time.monotonic() - begun
    locked, peak = watched.result()
    if process.returncode:
        raise SystemExit(f"import_patrons failed:\n{output}")
    return Run(seconds=seconds, locked=locked, peak_mb=peak)


class Watch:
    """Looks every 50 ms at a process's memory and whether it holds the lock of all writers."""

    def __init__(self, url: str, pid: int) -> None:
        self._url, self._pid = url, pid
        self._peak = self._locked = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def result(self) -> tuple[float, float]:
        """Stop; return seconds under the lock and peak megabytes of all its processes."""
        self._over.set()
        self._thread.join()
        return self._locked, self._peak

    def _watch(self) -> None:
        query = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND mode = 'ExclusiveLock' AND objid = 4294967295"
        )
        with psycopg.connect(self._url, autocommit=True) as connection:
            before = time.monotonic()
            while not self._over.wait(0.05):
                now = time.monotonic()
                if connection.execute(query).fetchone()[0]:
                    self._locked += now - before
                before = now
                try:
                    self._peak = max(self._peak, memory(self._pid).rss)
                except (FileNotFoundError, ProcessLookupError):
                    continue


def _seconds(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _print(what: str, run: Run, rows: int, copy: float) -> None:
    print(
        f"{what}: {run.seconds:.1f} s, {rows / run.seconds:,.0f} rows/s,"
        f" {copy / run.seconds:.3f} of bare COPY (aim {AIM}),"
        f" registration held back {run.locked:.1f} s,"
        f" peak {run.peak_mb:.0f} MB resident (aim under {MEMORY_AIM_MB})",
        flush=True,
    )


if __name__ == "__main__":
    main()
