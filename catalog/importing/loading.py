"""Import of a catalogue: read, stage, merge, in one transaction.

Until the commit nothing is visible, and whatever ends the process leaves nothing behind. Records
are told apart by control number, items by their own; a file can be imported again at any time.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple, TextIO

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from audit.enums import Event
from audit.services import record as note
from branches.models import Branch
from catalog.importing.marc import Parsed, RecordRejected, parse
from catalog.importing.reading import items, records
from catalog.models import ItemState, Material
from catalog.search.keys import keys_of

SESSION = """
SET LOCAL work_mem = '64MB';
SET LOCAL maintenance_work_mem = '128MB';
SET LOCAL client_connection_check_interval = '1s'
"""
# As they are staged and stored, with their types; control_number comes before them.
_TOLD = {
    **{"title": "text", "title_reading": "text", "volume": "text", "series": "text"},
    **{"contributors": "jsonb", "publisher": "text", "year": "smallint", "extent": "text"},
    **{"isbns": "varchar[]", "ndc": "text", "subjects": "text[]", "language": "text"},
    **{"material": "text", "for_children": "boolean", "description": "text"},
}
_KEYS = {
    **{"title_key": "text", "author_key": "text", "publisher_key": "text"},
    **{"subject_key": "text", "grams": "tsvector"},
}
_STATES = {label: value for value, label in ItemState.choices} | {v: v for v in ItemState.values}
_LONGEST = {"volume": 200, "extent": 200, "ndc": 12, "shelf": 100, "call_number": 100}


class Finding(NamedTuple):
    """A record or item that was not taken: where it stands, whose it is, and why."""

    position: int
    control_number: str
    code: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did, or would do: `inserted`, `updated`, `unchanged`, `deleted`, `rejected`,
    `items`, `items_gone`, `items_rejected`."""

    counts: Counter[str]
    done: bool


def import_catalog(
    *,
    path: Path,
    items_path: Path | None = None,
    dry_run: bool = False,
    report: Callable[[str, Finding], object] = lambda kind, finding: None,
    progress: Callable[[str, float], object] = lambda step, share: None,
) -> Imported:
    """Take over a file's records and their items, all or nothing.

    Items come from the records (852) unless `items_path` names their file. `report` is called with
    "rejected" or "item" for what was left out. Raises FileRefused, and OSError where a file is not
    there.
    """
    counts: Counter[str] = Counter()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SESSION)
        _create(cursor)
        with TemporaryFile("w+", encoding="utf-8") as kept:
            # Two COPYs cannot run at once: items of the records wait on the disk.
            _stage(cursor, path, kept if items_path is None else None, counts, report, progress)
            kept.seek(0)
            read = items(items_path) if items_path else map(json.loads, kept)
            _stage_items(cursor, read, counts, report)
        progress("merge", 0)
        _merge(cursor, counts, progress)
        _merge_items(cursor, counts, of_all_records=not items_path)
        if dry_run:
            transaction.set_rollback(True)
        else:
            note(Event.CATALOG_IMPORTED, count=counts["inserted"] + counts["updated"])
            progress("commit", 0)
    return Imported(counts=counts, done=not dry_run)


def _create(cursor: CursorWrapper) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in (_TOLD | _KEYS).items())
    cursor.execute(
        "CREATE TEMPORARY TABLE staged (position int, control_number text, is_deleted boolean,"
        f" {columns}) ON COMMIT DROP"
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE staged_item (position int, control_number text, number text,"
        " branch_id bigint, shelf text, call_number text, state text, material text)"
        " ON COMMIT DROP"
    )


def _stage(
    cursor: CursorWrapper,
    path: Path,
    kept: TextIO | None,
    counts: Counter[str],
    report: Callable[[str, Finding], object],
    progress: Callable[[str, float], object],
) -> None:
    """Copy the file's records into a temporary table, and their items into a file."""
    columns = ", ".join(("position", "control_number", "is_deleted", *_TOLD, *_KEYS))
    with cursor.copy(f"COPY staged ({columns}) FROM STDIN") as copy:
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
            copy.write_row(
                (found.position, parsed.control_number, parsed.is_deleted, *_row(parsed))
            )
            for item in parsed.items if kept else ():
                cells = item | {"control_number": parsed.control_number}
                kept.write(json.dumps((found.position, cells)) + "\n")
    cursor.execute("ANALYZE staged")


def _row(parsed: Parsed) -> Iterable[Any]:
    for name in _TOLD:
        value = getattr(parsed, name)
        if name in _LONGEST:
            value = value[: _LONGEST[name]]
        yield json.dumps(value, ensure_ascii=False) if name == "contributors" else value
    yield from keys_of(parsed)


def _stage_items(
    cursor: CursorWrapper,
    read: Iterable[tuple[int, dict[str, str]]],
    counts: Counter[str],
    report: Callable[[str, Finding], object],
) -> None:
    """Copy items into a temporary table; what cannot be one is told and left out."""
    branches = dict(Branch.objects.values_list("code", "pk"))
    seen: set[int] = set()
    with cursor.copy("COPY staged_item FROM STDIN") as copy:
        for position, cells in read:
            code, detail = _wrong(cells, branches)
            # Of a million numbers the hashes take a third of the room.
            if not code and (key := hash(cells["number"])) in seen:
                code, detail = "item_twice", cells["number"]
            if code:
                counts["items_rejected"] += 1
                report("item", Finding(position, cells["control_number"], code, detail))
                continue
            seen.add(key)
            copy.write_row(
                (
                    position,
                    cells["control_number"],
                    cells["number"],
                    branches[cells["branch"]],
                    cells["shelf"][: _LONGEST["shelf"]],
                    cells["call_number"][: _LONGEST["call_number"]],
                    _STATES[cells["state"]] if cells["state"] else ItemState.ON_SHELF.value,
                    cells.get("material", ""),
                )
            )
    cursor.execute("ANALYZE staged_item")


def _wrong(cells: dict[str, str], branches: dict[str, int]) -> tuple[str, str]:
    if not cells["number"] or len(cells["number"]) > 40:
        return "item_number", cells["number"][:40]
    if cells["branch"] not in branches:
        return "branch", cells["branch"][:40]
    if cells["state"] and cells["state"] not in _STATES:
        return "state", cells["state"][:40]
    if cells.get("material") and cells["material"] not in Material.values:
        return "material", cells["material"][:40]
    return "", ""


def _merge(
    cursor: CursorWrapper, counts: Counter[str], progress: Callable[[str, float], object]
) -> None:
    """Bring the staged records into the catalogue; of one that stands twice, the last."""
    cursor.execute(
        "DELETE FROM staged USING (SELECT control_number, max(position) AS last FROM staged"
        " GROUP BY control_number HAVING count(*) > 1) AS twice"
        " WHERE staged.control_number = twice.control_number AND position < last"
    )
    counts["twice"] = cursor.rowcount
    cursor.execute("SELECT NOT EXISTS (SELECT FROM catalog_record)")
    is_first = cursor.fetchone()[0]
    if is_first:
        # Built at the end, the index takes a tenth of the time.
        cursor.execute("DROP INDEX record_grams")
    names = (*_TOLD, *_KEYS)
    columns = ", ".join(names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    told = ", ".join(f"record.{name}" for name in _TOLD), ", ".join(f"excluded.{n}" for n in _TOLD)
    now = timezone.now()
    cursor.execute(
        f"""
WITH written AS (
    INSERT INTO catalog_record AS record
        (control_number, {columns}, reading_is_made, added_at, updated_at)
    SELECT control_number, {columns}, false, %s, %s FROM staged
    WHERE NOT is_deleted ORDER BY position
    ON CONFLICT (control_number) DO UPDATE SET {changes}, deleted_at = NULL,
        added_at = CASE WHEN record.deleted_at IS NULL THEN record.added_at ELSE %s END,
        updated_at = excluded.updated_at
    WHERE record.deleted_at IS NOT NULL OR record.grams <> excluded.grams
        OR ({told[0]}) IS DISTINCT FROM ({told[1]})
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
""",  # noqa: S608
        [now, now, now],
    )
    counts["inserted"], counts["updated"] = cursor.fetchone()
    if is_first:
        progress("index", 0)
        cursor.execute(
            "CREATE INDEX record_grams ON catalog_record USING gin (grams) WITH (fastupdate = off)"
        )
    cursor.execute(
        "UPDATE catalog_record AS record SET deleted_at = %s, updated_at = %s FROM staged"
        " WHERE staged.is_deleted AND staged.control_number = record.control_number"
        " AND record.deleted_at IS NULL",
        [now, now],
    )
    counts["deleted"] = cursor.rowcount
    cursor.execute("SELECT count(*) FROM staged WHERE NOT is_deleted")
    counts["unchanged"] = cursor.fetchone()[0] - counts["inserted"] - counts["updated"]


def _merge_items(cursor: CursorWrapper, counts: Counter[str], *, of_all_records: bool) -> None:
    """Bring the staged items in; a record whose items the file tells has no others afterwards."""
    cursor.execute(
        """
WITH written AS (
    INSERT INTO catalog_item AS item
        (record_id, number, branch_id, shelf, call_number, state, material)
    SELECT record.id, staged.number, branch_id, shelf, call_number, state, staged.material
    FROM staged_item staged JOIN catalog_record record USING (control_number)
    WHERE record.deleted_at IS NULL ORDER BY staged.position
    ON CONFLICT (number) DO UPDATE SET record_id = excluded.record_id,
        branch_id = excluded.branch_id, shelf = excluded.shelf,
        call_number = excluded.call_number, state = excluded.state, material = excluded.material
    WHERE (item.record_id, item.branch_id, item.shelf, item.call_number, item.state, item.material)
        IS DISTINCT FROM (excluded.record_id, excluded.branch_id, excluded.shelf,
        excluded.call_number, excluded.state, excluded.material)
    RETURNING 1
)
SELECT count(*) FROM written
"""
    )
    counts["items"] = cursor.fetchone()[0]
    told = "SELECT control_number FROM staged_item"
    if of_all_records:
        told += " UNION SELECT control_number FROM staged"
    cursor.execute(
        "DELETE FROM catalog_item item USING catalog_record record"  # noqa: S608
        " WHERE record.id = item.record_id"
        f" AND (record.control_number IN ({told}) OR record.deleted_at IS NOT NULL)"
        " AND NOT EXISTS (SELECT FROM staged_item WHERE staged_item.number = item.number"
        " AND record.deleted_at IS NULL)"
    )
    counts["items_gone"] = cursor.rowcount
