"""Import of a catalogue: read, stage, compare, merge, in one transaction.

Until the commit nothing is visible, and whatever ends the process leaves nothing behind. Records
are told apart by control number, items by their own; a file can be imported again at any time.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from operator import attrgetter
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
    STATES,
    UTF_8,
    items,
    materials,
    without_controls,
    wrong,
)
from catalog.importing.marc import Parsed, RecordRejected, parse, shown
from catalog.importing.publishing import date_of_import
from catalog.importing.reading import records
from catalog.models import MAXIMUM_ITEM_NUMBER
from catalog.search.keys import keys_of

IMPORT_LOCK = (0x0174_0003, 0)
SESSION = """
SET LOCAL work_mem = '64MB';
SET LOCAL maintenance_work_mem = '128MB';
SET LOCAL client_connection_check_interval = '1s'
"""
LONGEST_CELL = 100
# What a record tells of an item.
KEPT = ("number", "branch", "shelf", "call_number", "state")
_told = attrgetter(*merging.TOLD)
_CONTRIBUTORS, _ISBNS, _SUBJECTS = map([*merging.TOLD].index, ("contributors", "isbns", "subjects"))
_json = json.JSONEncoder(ensure_ascii=False).encode

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
    if items_path:
        # Nobody waits for the end of a million records to hear that a header is missing.
        with closing(items(items_path)) as begin:
            next(begin, None)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        imported = take_over(
            cursor,
            path=path,
            items_path=items_path,
            dry_run=dry_run,
            may_lose_items=may_lose_items,
            may_lock=True,
            report=report,
            progress=progress,
        )
        if imported.done:
            counts = imported.counts
            note(Event.CATALOG_IMPORTED, count=counts["inserted"] + counts["updated"])
            progress("commit", 0)
        else:
            transaction.set_rollback(True)
    return imported


def take_over(
    cursor: CursorWrapper,
    *,
    path: Path | None = None,
    items_path: Path | None = None,
    encoding: str = UTF_8,
    errors: str = "strict",
    whole: bool = False,
    dry_run: bool = False,
    may_lose_items: bool = False,
    may_lock: bool = False,
    report: Report = lambda kind, finding: None,
    progress: Progress = lambda step, share: None,
) -> Imported:
    """Take over records, items or both as `import_catalog` does, in the caller's transaction.

    Who gets an answer that is not `done` rolls back. `encoding` and `errors` are of the file of
    items; `whole` says that it has all there are. Where `may_lock`, a first import is quicker, and
    readers wait for it.
    """
    counts: Counter[str] = Counter()
    cursor.execute(SESSION)
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", IMPORT_LOCK)
    if not cursor.fetchone()[0]:
        raise ImportRunning
    merging.create(cursor)
    with TemporaryFile("w+", encoding="utf-8") as kept:
        if path:
            # Two COPYs cannot run at once: items of the records wait on the disk.
            _stage(cursor, path, kept if items_path is None else None, counts, report, progress)
            kept.seek(0)
        progress("items", 0)
        read = items(items_path, encoding, errors) if items_path else _kept(kept)
        _stage_items(cursor, read, counts, report)
    progress("compare", 0)
    _compare(cursor, counts, report, items_of_records=items_path is None, whole=whole)
    is_useless = path is not None and counts["rejected"] == counts["records"]
    loses_items = not may_lose_items and merging.loses_many_items(cursor, counts["items_gone"])
    done = not (dry_run or is_useless or loses_items)
    if done:
        progress("merge", 0)
        indexes = merging.drop_indexes(cursor, counts["inserted"]) if may_lock else []
        now = date_of_import(cursor)
        if path:
            merging.merge_records(cursor, now)
        progress("merge", 0.5)
        merging.merge_items(cursor)
        for built, index in enumerate(indexes):
            progress("index", built / len(indexes))
            cursor.execute(index)
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
                    # Cleaned, they hold neither a tab nor the end of a line.
                    cells = (str(found.position), number, *map(item.__getitem__, KEPT))
                    kept.write("\t".join(cells) + "\n")
    cursor.execute("ANALYZE staged")


def _row(parsed: Parsed) -> tuple[Any, ...]:
    told = list(_told(parsed))
    told[_CONTRIBUTORS] = _json(parsed.contributors)
    told[_ISBNS], told[_SUBJECTS] = _array(parsed.isbns), _array(parsed.subjects)
    return (*told, *keys_of(parsed))


def _array(texts: list[str]) -> str:
    """Return texts as PostgreSQL writes an array, much faster than psycopg."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join([f'"{text}"' for text in quoted]) + "}"


def _kept(lines: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    for line in lines:
        position, control_number, *cells = line[:-1].split("\t")
        yield int(position), dict(zip(KEPT, cells, strict=True), control_number=control_number)


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
            code, detail = wrong(cells, branches)
            if code:
                counts["items_rejected"] += 1
                told = Finding(position, shown(cells["control_number"]), code, shown(detail))
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
                    *(line, position, control_number, number[: MAXIMUM_ITEM_NUMBER + 1]),
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
    whole: bool,
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
    merging.compare_items(cursor, counts, of_staged_records=items_of_records, whole=whole)
