"""Measure import_patrons against bare COPY: `python -m bench.import_rate [rows]`.

Made-up patrons are imported into an empty database, again as they are, and again with one in a
hundred changed; a tenth of them before, in a database of their own, to see whether memory grows
with the file. The yardstick is COPY of the same file into a table of text columns without an index,
and, as the least that any import of it could take, the same followed by building the patron table's
indexes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench import report
from bench.measure import memory
from bench.people import HEADERS, write_csv
from bench.stack import BASE_DIR, database

DEFAULT_ROWS = 1_000_000
AIM = 0.2
MEMORY_AIM_MB = 300
MARK = "<!-- import -->"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the command: seconds in all, seconds under the lock, peak memory in MB."""

    seconds: float
    locked: float
    peak_mb: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one size took: its runs by name, bare COPY and all index builds in seconds."""

    rows: int
    megabytes: float
    copy: float
    indexes: float
    runs: dict[str, Run]


def measure(rows: int) -> Measured:
    """Import so many patrons three times, in a database of their own."""
    with database() as url, tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        first, second = Path(folder, "first.csv"), Path(folder, "second.csv")
        _migrate(url)
        write_csv(first, rows)
        _change_some(first, second)
        with psycopg.connect(url) as connection:
            copy = min(_seconds(lambda: _copy(connection, first)) for _ in range(3))
        runs = {
            "first import": _import(url, first),
            "again, unchanged": _import(url, first),
            "again, 1 % changed": _import(url, second),
        }
        with psycopg.connect(url) as connection:
            indexes = _seconds(lambda: _build_indexes(connection))
        return Measured(
            rows=rows,
            megabytes=first.stat().st_size / 1e6,
            copy=copy,
            indexes=indexes,
            runs=runs,
        )


def table(small: Measured, large: Measured) -> str:
    """Return the figures as Markdown."""
    rows, copy = large.rows, large.copy
    lines = [
        f"| {rows:,} patrons, {large.megabytes:.0f} MB | seconds | rows/s | share of bare COPY"
        " | aim | writers held back |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, run in large.runs.items():
        lines.append(
            f"| {name} | {run.seconds:.1f} | {rows / run.seconds:,.0f} | {copy / run.seconds:.3f}"
            f" | ≥ {AIM:g} | {run.locked:.1f} s |"
        )
    lines += [
        f"| bare COPY | {copy:.2f} | {rows / copy:,.0f} | 1 | | |",
        f"| bare COPY and all indexes | {copy + large.indexes:.2f} |"
        f" {rows / (copy + large.indexes):,.0f} | {copy / (copy + large.indexes):.3f} | | |",
        "",
        f"| peak memory | {small.rows:,} patrons, {small.megabytes:.0f} MB"
        f" | {rows:,} patrons, {large.megabytes:.0f} MB | growth | aim |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, run in large.runs.items():
        before = small.runs[name].peak_mb
        lines.append(
            f"| {name} | {before:.0f} MB | {run.peak_mb:.0f} MB | {run.peak_mb / before:.2f}"
            f" | < {MEMORY_AIM_MB} MB |"
        )
    return "\n".join(lines)


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
        """Stop; return seconds under the lock and peak megabytes."""
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


def main() -> None:
    """Measure, print, and with --write put the tables into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.import_rate", description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=DEFAULT_ROWS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    text = table(measure(options.rows // 10), measure(options.rows))
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
