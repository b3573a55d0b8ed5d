"""Measure import_catalog against bare COPY: `python -m bench.catalog_import [records]`.

Made-up records with two items each are imported into an empty database, again as they are, and
again with one in a hundred changed; a tenth of them before, in a database of their own, to see
whether memory grows with the file. The yardstick is COPY of the same bytes, a line a record, into a
table of one text column without an index; beside it, what pymarc alone takes to read them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pymarc import Field, Indicators, Leader, MARCReader, Record, Subfield

from bench import report
from bench.import_rate import _environment, _migrate, _seconds
from bench.measure import memory
from bench.stack import BASE_DIR, database
from bench.works import works

DEFAULT_RECORDS = 1_000_000
AIM_RATE, AIM_MB = 5_000, 300
BRANCHES = [f"b{number}" for number in range(12)]
MARK = "<!-- catalog import -->"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the command: seconds in all, of them busy in it, and its peak memory in MB."""

    seconds: float
    busy: float
    peak_mb: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one size took: its runs by name; bare COPY and bare reading in seconds."""

    records: int
    megabytes: float
    copy: float
    reading: float
    runs: dict[str, Run]


def measure(count: int) -> Measured:
    """Import so many records three times, in a database of their own."""
    with database() as url, tempfile.TemporaryDirectory(prefix="bench-catalog-") as folder:
        first, second, lines = (Path(folder, name) for name in ("first", "second", "lines"))
        _migrate(url)
        write_marc(first, count)
        write_marc(second, count, changed=100)
        _write_lines(first, lines)
        with psycopg.connect(url) as connection:
            for code in BRANCHES:
                connection.execute(
                    "INSERT INTO branches_branch (code, name, name_en, postal_code, address, phone,"
                    ' "order", is_listed, closed_weekday, closed_weeks, year_end_first,'
                    " year_end_last) VALUES (%s, %s, %s, '', '', '', 1, true, 0, '{}', '', '')",
                    [code, code, code],
                )
            connection.commit()
            copy = min(_seconds(lambda: _copy(connection, lines)) for _ in range(3))
        return Measured(
            records=count,
            megabytes=first.stat().st_size / 1e6,
            copy=copy,
            reading=_seconds(lambda: _read(first)),
            runs={
                "first import": _import(url, first),
                "again, unchanged": _import(url, first),
                "again, 1 % changed": _import(url, second),
            },
        )


def write_marc(path: Path, count: int, *, changed: int = 0) -> None:
    """Write made-up records with readings and two items each; every so-manieth `changed`."""
    with path.open("wb") as out:
        for number, work in enumerate(works(count)):
            note = "改" if changed and number % changed == 50 else ""
            out.write(_marc(number, work, note).as_marc())


def _marc(number: int, work: dict, note: str) -> Record:
    made = Record()
    made.leader = Leader("00000nam a2200000 i 4500")
    fields = [
        ("015", [("a", f"{number:08}"), ("2", "jnb")]),
        ("040", [("a", "JTNDL"), ("b", "jpn"), ("c", "JTNDL"), ("e", "ncr/1987")]),
        *((tag, [("a", "x" * 10), ("2", "rda")]) for tag in ("336", "337", "338")),
        ("084", [("a", work["ndc"]), ("2", "njb/10")]),
        ("245", [("6", "880-01"), ("a", work["title"] + note), ("n", work["volume"])]),
        ("264", [("b", work["publisher"]), ("c", str(work["year"]))]),
        ("490", [("a", work["series"])]),
        ("880", [("6", "245-01/$1"), ("a", work["title_reading"])]),
        ("880", [("6", "245-01/(B"), ("a", "Romaji " * 4)]),
    ]
    for place, one in enumerate(work["contributors"], 2):
        fields.append(("700", [("6", f"880-{place:02}"), ("a", one["name"]), ("e", one["role"])]))
        fields.append(("880", [("6", f"700-{place:02}/$1"), ("a", one["reading"])]))
        fields.append(("880", [("6", f"700-{place:02}/(B"), ("a", "Romaji, Romaji")]))
    fields += [("650", [("a", subject)]) for subject in work["subjects"]]
    for copy in range(2):
        place = BRANCHES[(number + copy * 5) % len(BRANCHES)]
        item = [("b", place), ("c", "開架"), ("h", work["ndc"]), ("p", f"{number * 2 + copy:09}")]
        fields.append(("852", item))
    made.add_field(Field("001", data=work["control_number"]))
    made.add_field(Field("003", data="JTNDL"))
    made.add_field(Field("005", data="20261130120000.0"))
    made.add_field(Field("008", data=f"{'':6}s{work['year']}    ja {'':17}{work['language']}  "))
    for tag, pairs in fields:
        subfields = [Subfield(code, value) for code, value in pairs if value]
        if subfields:
            made.add_field(Field(tag, Indicators(" ", "1"), subfields))
    return made


def _write_lines(path: Path, lines: Path) -> None:
    """Write each record as one line, whose separators are no end of it."""
    with path.open("rb") as stream, lines.open("wb") as out:
        while data := stream.read(1 << 20):
            out.write(data.replace(b"\x1d", b"\n").replace(b"\\", b" "))


def _copy(connection: psycopg.Connection, lines: Path) -> None:
    connection.execute("DROP TABLE IF EXISTS bare")
    connection.execute("CREATE TABLE bare (record text)")
    with lines.open("rb") as stream, connection.cursor().copy("COPY bare FROM STDIN") as copy:
        while data := stream.read(1 << 18):
            copy.write(data)
    connection.commit()


def _read(path: Path) -> None:
    with path.open("rb") as stream:
        for _ in MARCReader(stream):
            pass


def _import(url: str, path: Path) -> Run:
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_catalog", str(path)],
        cwd=BASE_DIR,
        env=_environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    over = threading.Event()
    peaks = [0.0]
    watcher = threading.Thread(target=lambda: peaks.extend(_peaks(process.pid, over)))
    watcher.start()
    before = os.times()
    output, _ = process.communicate()
    seconds, after = time.monotonic() - begun, os.times()
    over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"import_catalog failed:\n{output}")
    busy = sum(after[2:4]) - sum(before[2:4])
    return Run(seconds=seconds, busy=busy, peak_mb=max(peaks))


def _peaks(pid: int, over: threading.Event) -> Iterator[float]:
    while not over.wait(0.05):
        try:
            yield memory(pid).rss
        except (FileNotFoundError, ProcessLookupError):
            continue


def table(small: Measured, large: Measured) -> str:
    """Return the figures as Markdown."""
    count, copy = large.records, large.copy
    lines = [
        f"| {count:,} records with {2 * count:,} items, {large.megabytes:.0f} MB | seconds"
        " | of them in the process | records/s | aim | share of bare COPY | peak memory"
        " | with a tenth | aim |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, run in large.runs.items():
        lines.append(
            f"| {name} | {run.seconds:.1f} | {run.busy:.1f} | {count / run.seconds:,.0f}"
            f" | ≥ {AIM_RATE:,} | {copy / run.seconds:.3f} | {run.peak_mb:.0f} MB"
            f" | {small.runs[name].peak_mb:.0f} MB | < {AIM_MB} MB |"
        )
    for name, seconds in (("reading alone (pymarc)", large.reading), ("bare COPY", copy)):
        lines.append(
            f"| {name} | {seconds:.2f} | | {count / seconds:,.0f} | | {copy / seconds:.3f} | | | |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.catalog_import", description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=DEFAULT_RECORDS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    text = table(measure(options.records // 10), measure(options.records))
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
