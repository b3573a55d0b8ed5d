"""Import of a catalogue: read, stage, compare, merge, in one transaction.

Until the commit nothing is visible, and whatever ends the process leaves nothing behind. Records
are told apart by control number, items by their own; a file can be imported again at any time.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple, TextIO

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit.enums import Event
from audit.services import record as note
from branches.models import Branch
from catalog.importing import merging
from catalog.importing.items import (
    MAXIMUM_NUMBER,
    STATES,
    items,
    materials,
    without_controls,
    wrong,
)
from catalog.importing.marc import Parsed, RecordRejected, parse, shown
from catalog.importing.reading import records
from catalog.search.keys import keys_of

IMPORT_LOCK = (0x0174_0003, 0)
SESSION = """
SET LOCAL work_mem = '64MB';
SET LOCAL maintenance_work_mem = '128MB';
SET LOCAL client_connection_check_interval = '1s'
"""
LONGEST_CELL = 100

Report = Callable[[str, "Finding"], object]
Progress = Callable[[str, float], object]


class Finding(NamedTuple):
    """What staff should look at: the record's position in the file, or the item's line, and why."""

    position: int
    control_number: str
    code: str
    detail: str = ""


class ImportRunning(Exception):
    """Another import of a catalogue has not ended."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did, or would do.

    `counts` has of the file's `records` those `inserted`, `updated`, `unchanged`, `deleted`,
    `rejected`, and `earlier` ones of a control number that comes again; `items_inserted`,
    `items_updated`, `items_unchanged`, `items_gone`, `items_rejected`. `done` is False, and nothing
    is changed, after a dry run, where no record could be read (`is_useless`), and where too many
    items would go that nobody said may go (`loses_items`).
    """

    counts: Counter[str]
    is_useless: bool
    loses_items: bool
    done: bool


def import_catalog(
    *,
    path: Path,
    items_path: Path | None = None,
    dry_run: bool = False,
    may_lose_items: bool = False,
    report: Report = lambda kind, finding: None,
    progress: Progress = lambda step, share: None,
) -> Imported:
    """Take over a file's records and their items, all or nothing.

    Items come from the records (852) unless `items_path` names their file; where neither tells of
    a usable one, stored ones stay. Where more than a tenth of the stored ones would go, nothing is
    done without `may_lose_items`. `report` is called with "rejected" or "item" for what is left
    out, with "earlier" for a record that comes again, with "shortened" for what was too long. A dry
    run only reads. Raises FileRefused, ImportRunning, and OSError where a file is not there.
    """
    counts: Counter[str] = Counter()
    if items_path:
        # Nobody waits for the end of a million records to hear that a header is missing.
        with closing(items(items_path)) as begin:
            next(begin, None)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SESSION)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", IMPORT_LOCK)
        if not cursor.fetchone()[0]:
            raise ImportRunning
        merging.create(cursor)
        with TemporaryFile("w+", encoding="utf-8") as kept:
            # Two COPYs cannot run at once: items of the records wait on the disk.
            _stage(cursor, path, kept if items_path is None else None, counts, report, progress)
            kept.seek(0)
            progress("items", 0)
            read = items(items_path) if items_path else map(json.loads, kept)
            _stage_items(cursor, read, counts, report)
        progress("compare", 0)
        _compare(cursor, counts, report, items_of_records=items_path is None)
        is_useless = counts["rejected"] == counts["records"]
        loses_items = not may_lose_items and merging.loses_many_items(cursor, counts["items_gone"])
        done = not (dry_run or is_useless or loses_items)
        if done:
            progress("merge", 0)
            index = merging.drop_index(cursor, counts["inserted"])
            merging.merge_records(cursor)
            if index:
                progress("index", 0)
                cursor.execute(index)
            progress("merge", 0.5)
            merging.merge_items(cursor)
            note(Event.CATALOG_IMPORTED, count=counts["inserted"] + counts["updated"])
            progress("commit", 0)
        else:
            transaction.set_rollback(True)
    return Imported(counts=counts, is_useless=is_useless, loses_items=loses_items, done=done)


def _stage(
    cursor: CursorWrapper,
    path: Path,
    kept: TextIO | None,
    counts: Counter[str],
    report: Report,
    progress: Progress,
) -> None:
    """Copy the file's records into a temporary table, and their items into a file."""
    with cursor.copy(f"COPY staged ({', '.join(merging.RECORD_COLUMNS)}) FROM STDIN") as copy:
        for found in records(path):
            counts["records"] += 1
            progress("read", found.share)
            try:
                if isinstance(found.record, RecordRejected):
                    raise found.record
                parsed = parse(found.record)
            except RecordRejected as rejected:
                counts["rejected"] += 1
                number = rejected.control_number
                report("rejected", Finding(found.position, number, rejected.code, rejected.detail))
                continue
            number = parsed.control_number
            if parsed.shortened:
                names = ", ".join(parsed.shortened)
                report("shortened", Finding(found.position, number, "shortened", names))
            copy.write_row((found.position, number, parsed.is_deleted, *_row(parsed)))
            if kept:
                for item in parsed.items:
                    cells = item | {"control_number": number}
                    kept.write(json.dumps((found.position, cells)) + "\n")
    cursor.execute("ANALYZE staged")


def _row(parsed: Parsed) -> Iterator[Any]:
    for name in merging.TOLD:
        value = getattr(parsed, name)
        yield json.dumps(value, ensure_ascii=False) if name == "contributors" else value
    yield from keys_of(parsed)


def _stage_items(
    cursor: CursorWrapper,
    read: Iterable[tuple[int, dict[str, str]]],
    counts: Counter[str],
    report: Report,
) -> None:
    """Copy items into a temporary table, usable or not."""
    branches = dict(Branch.objects.values_list("code", "pk"))
    kinds = materials()
    with cursor.copy(f"COPY staged_item ({', '.join(merging.ITEM_COLUMNS)}) FROM STDIN") as copy:
        for line, (position, cells) in enumerate(read, 1):
            control_number, number = cells["control_number"], cells["number"]
            code, detail = wrong(cells, branches)
            if code:
                counts["items_rejected"] += 1
                told = Finding(position, shown(control_number), code, shown(detail))
                report("item", told)
                # It shields what is stored under its number, and COPY takes no NUL.
                cells = {name: without_controls(value) for name, value in cells.items()}
                control_number, number = cells["control_number"], cells["number"]
            for name in ("shelf", "call_number"):
                if not code and len(cells.get(name, "")) > LONGEST_CELL:
                    cells[name] = cells[name][:LONGEST_CELL]
                    report("shortened", Finding(position, control_number, "shortened", name))
            copy.write_row(
                (
                    *(line, position, control_number, number[: MAXIMUM_NUMBER + 1]),
                    *(branches.get(cells["branch"]), cells.get("shelf"), cells.get("call_number")),
                    STATES.get(cells.get("state", "")),
                    kinds.get(cells["material"], "") if "material" in cells else None,
                    bool(code),
                )
            )
    cursor.execute("ANALYZE staged_item")


def _compare(
    cursor: CursorWrapper,
    counts: Counter[str],
    report: Report,
    *,
    items_of_records: bool,
) -> None:
    """Decide what is to be written, and tell of what is not."""
    for position, number, _ in merging.take_out_earlier(cursor, with_items=items_of_records):
        counts["earlier"] += 1
        report("earlier", Finding(position, number, "earlier"))
    merging.compare_records(cursor, counts)
    for code, found in (
        ("no_record", merging.refuse_lost_items(cursor)),
        ("item_twice", merging.take_out_second_items(cursor)),
    ):
        for position, number, detail in found:
            counts["items_rejected"] += 1
            report("item", Finding(position, shown(number), code, detail))
    merging.compare_items(cursor, counts, of_staged_records=items_of_records)
