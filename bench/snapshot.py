"""Measure how a snapshot is taken over, and who waits: `python -m bench.snapshot [items]`.

A library of half as many records, and a fifth as many loans of patrons who all have a login: its
first snapshot, the same again, and one in which a hundredth of loans and items changed. Beside each
somebody reads loans and holds of one patron after the other, as the page 利用状況 does, and asks
for renewals. What that takes is compared with what it takes while nothing is taken over.
"""

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bench import report
from bench.stack import BASE_DIR, in_this_process

DEFAULT_ITEMS = 1_000_000
LOANS_PER_PATRON = 4
BRANCHES = 12
AIM_SECONDS = 300
QUIET_SECONDS = 10
MARK = "<!-- snapshot -->"
HERE = ZoneInfo("Asia/Tokyo")
LIBRARY = """
INSERT INTO branches_branch (code, name, name_en, postal_code, address, phone, "order", is_listed,
    closed_weekday, closed_weeks, year_end_first, year_end_last)
SELECT 'b' || n, 'b' || n, '', '', '', '', n, true, 0, '{}', '', '' FROM generate_series(0, 11) n;
INSERT INTO catalog_record (control_number, title, title_reading, volume, series, contributors,
    publisher, extent, isbns, ndc, subjects, language, material, for_children, description,
    added_at, updated_at, title_key, author_key, publisher_key, subject_key, grams)
SELECT 'S' || n, 'work ' || n, '', '', '', '[]', '', '', '{}', '913.6', '{}', 'jpn', 'book', false,
    '', now(), now(), 'work', '', '', '', '' FROM generate_series(0, %(records)s - 1) n;
INSERT INTO accounts_user (password, is_superuser, username, name, is_staff, is_active,
    patron_number, date_joined)
SELECT '!', false, 'patron:' || n, '', false, true, '', now()
FROM generate_series(1, %(patrons)s) n;
INSERT INTO patrons_patron (number, name, name_key, last_name_kana, first_name_kana, kana_key,
    birth_date, postal_code, address, address_key, phone, email, email_key, contact_method,
    municipality_code, residency_reason, residency_rule_version, registered_via, registered_at,
    namesake_no, updated_at, user_id)
SELECT (1000000 + n)::text, 'n', 'n' || n, '', '', '', '19700101', '', '', '', '', '', '', 'none',
    '', '', '', 'import', now(), 0, now(), u.id
FROM generate_series(1, %(patrons)s) n JOIN accounts_user u ON u.username = 'patron:' || n
"""


@dataclass(kw_only=True)
class Waits:
    """How long reading, and asking for something, took each time, in milliseconds."""

    reads: list[float] = field(default_factory=list)
    asks: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One snapshot: how long it took, and what others waited meanwhile."""

    name: str
    seconds: float
    waits: Waits


def measure(items: int) -> tuple[list[Run], Waits]:
    """Take over three snapshots in a database of their own; return them, and waits before."""
    with tempfile.TemporaryDirectory(prefix="bench-snapshot-") as folder:
        os.environ |= {"LIBRARY_SYSTEM": "files", "LIBRARY_SYSTEM_FOLDER": folder}
        for name in ("in", "out"):
            Path(folder, name).mkdir()
        with in_this_process():
            patrons = _fill(items)
            runs = [_run("first", folder, items, patrons, changed=0, asks=False)]
            quiet = _beside(lambda: time.sleep(QUIET_SECONDS), asks=True)[1]
            runs.append(_run("again, unchanged", folder, items, patrons, changed=0))
            runs.append(_run("again, 1 % changed", folder, items, patrons, changed=100))
            return runs, quiet


def _fill(items: int) -> int:
    from django.db import connection

    patrons = items // 5 // LOANS_PER_PATRON
    with connection.cursor() as cursor:
        for statement in LIBRARY.split(";\n"):
            cursor.execute(statement, {"records": items // 2, "patrons": patrons})
        cursor.execute("VACUUM ANALYZE")
    return patrons


def _run(
    name: str, folder: str, items: int, patrons: int, *, changed: int, asks: bool = True
) -> Run:
    write_snapshot(Path(folder, "in"), items, patrons, changed=changed)
    seconds, waits = _beside(_take, asks=asks)
    if list(Path(folder, "in").iterdir()):
        raise SystemExit("The snapshot was not taken over.")
    return Run(name=name, seconds=seconds, waits=waits)


def _take() -> None:
    command = [sys.executable, "manage.py", "library_files", "--once", "--skip-checks"]
    subprocess.run(command, cwd=BASE_DIR, check=True)


def _beside(act: Callable[[], Any], *, asks: bool) -> tuple[float, Waits]:
    """Do something while somebody reads, and asks; return its seconds, and their waits."""
    over, waits = threading.Event(), Waits()
    reader = threading.Thread(target=_read, args=(over, waits, asks))
    reader.start()
    begun = time.monotonic()
    try:
        act()
    finally:
        seconds = time.monotonic() - begun
        over.set()
        reader.join()
    return seconds, waits


def _read(over: threading.Event, waits: Waits, asks: bool) -> None:
    from django.db import connection

    from circulation.files.models import LibraryRequest
    from circulation.port import Unavailable, library_system
    from patrons.models import Patron

    patrons, system = list(Patron.objects.order_by("?")[:500]), library_system()
    turn = 0
    while not over.is_set():
        patron = patrons[turn % len(patrons)]
        turn += 1
        begun = time.monotonic()
        try:
            loans = [loan.pk for loan in system.items(patron=patron).loans]
        except Unavailable:
            loans = []
        waits.reads.append((time.monotonic() - begun) * 1000)
        if asks and loans and not turn % 10:
            begun = time.monotonic()
            system.renew(patron=patron, loans=loans[:1])
            waits.asks.append((time.monotonic() - begun) * 1000)
            LibraryRequest.objects.all().delete()
        time.sleep(0.005)
    connection.close()


def write_snapshot(folder: Path, items: int, patrons: int, *, changed: int = 0) -> None:
    """Write one; every so-manieth loan and item `changed`."""
    now = datetime.now(HERE)
    sequence = f"{now:%Y%m%d%H%M%S}"
    told: dict[str, Any] = {
        **{"format": 1, "sequence": int(sequence), "as_of": now.isoformat()},
        **{"encoding": "cp932", "files": {}},
    }
    for kind, rows in {
        "patrons": _patrons(patrons),
        "loans": _loans(items, patrons, changed, now),
        "holds": [["予約番号", "利用者番号", "状態", "書名"]],
        "items": _items(items, changed),
    }.items():
        path = folder / f"{kind}-{sequence}.csv"
        with path.open("w", encoding="cp932", newline="") as out:
            write, count = csv.writer(out).writerow, -1
            for row in rows:
                write(row)
                count += 1
        path.chmod(0o600)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        told["files"][kind] = {"name": path.name, "rows": count, "sha256": digest}
    manifest = folder / f"snapshot-{sequence}.json"
    manifest.write_text(json.dumps(told))
    manifest.chmod(0o600)


def _patrons(count: int) -> Iterator[list[object]]:
    yield ["利用者番号", "状態"]
    # As many again who never logged in here.
    for number in range(1, 2 * count + 1):
        yield [1_000_000 + number, "利用可"]


def _loans(items: int, patrons: int, changed: int, now: datetime) -> Iterator[list[object]]:
    yield ["利用者番号", "資料番号", "書誌番号", "書名", "貸出日時", "返却期限", "延長回数"]
    first, later = (now.date() + timedelta(days=days) for days in (4, 18))
    lent = now.date() - timedelta(days=10)
    for number in range(patrons * LOANS_PER_PATRON):
        is_other = changed and number % changed == 50
        copy = number * 5
        yield [
            *(1_000_001 + number % patrons, f"{copy:09}", f"S{copy // 2}", f"書名 {copy // 2}"),
            *(lent, later if is_other else first, int(bool(is_other))),
        ]


def _items(count: int, changed: int) -> Iterator[list[object]]:
    yield ["書誌番号", "資料番号", "館", "状態", "置き場所", "請求記号"]
    for number in range(count):
        state = "移送中" if changed and number % changed == 50 else "在架"
        yield [f"S{number // 2}", f"{number:09}", f"b{number % BRANCHES}", state, "開架", "913.6"]


def table(items: int, runs: list[Run], quiet: Waits) -> str:
    """Return the figures as Markdown."""
    lines = [
        f"| snapshot of {items:,} items and {items // 5:,} loans | seconds | aim"
        " | a read: median | worst | asking: median | worst |",
        "|---|--:|--:|--:|--:|--:|--:|",
        f"| none | | | {_ms(quiet.reads)} | {_ms(quiet.asks)} |",
    ]
    for run in runs:
        waits = f"{_ms(run.waits.reads)} | {_ms(run.waits.asks)}"
        lines.append(f"| {run.name} | {run.seconds:.1f} | < {AIM_SECONDS} | {waits} |")
    return "\n".join(lines)


def _ms(waits: list[float]) -> str:
    return f"{median(waits):.1f} ms | {max(waits):.0f} ms" if waits else "| "


def main() -> None:
    """Measure, print, and with --write put the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.snapshot", description=__doc__)
    parser.add_argument("items", type=int, nargs="?", default=DEFAULT_ITEMS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    text = table(options.items, *measure(options.items))
    report.tell(text, options, MARK)


if __name__ == "__main__":
    main()
