"""Taking over one snapshot: read, stage, compare, merge, in one transaction or not at all."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from branches.models import Branch
from catalog.importing.items import FileRefused
from catalog.importing.loading import ImportRunning, take_over
from circulation.files import merging
from circulation.files.manifest import AHEAD, REQUIRED, Manifest, SnapshotRefused, check
from circulation.files.models import Snapshot, SnapshotState
from circulation.files.tables import Reading
from patrons.models import Patron
from patrons.transfer import encoding

logger = logging.getLogger("circulation")

SNAPSHOT_LOCK = (0x0174_0012, 0)
# A file with more wrong lines than one, and than this share, is refused.
MOST_WRONG = 0.03
FIRST_BYTES = 1 << 20
CODES = {"items_not_utf8": "encoding", "items_empty": "empty"}


class SnapshotRunning(Exception):
    """Another process takes one over, or somebody imports the catalogue."""


def load(manifest: Manifest, *, now: datetime, may_lose: bool = False) -> Snapshot:
    """Take over a snapshot whole, and return its row.

    `may_lose` says that many loans or items may go. Raises SnapshotRefused with nothing changed,
    SnapshotRunning, and OSError.
    """
    check(manifest)
    if manifest.as_of > now + AHEAD:
        raise SnapshotRefused("future")
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            return _load(cursor, manifest, now=now, may_lose=may_lose)
    except ImportRunning:
        raise SnapshotRunning from None
    except FileRefused as refused:
        code = CODES.get(refused.code, refused.code)
        raise SnapshotRefused(code, refused.detail) from None


def _load(cursor: CursorWrapper, manifest: Manifest, *, now: datetime, may_lose: bool) -> Snapshot:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", SNAPSHOT_LOCK)
    if not cursor.fetchone()[0]:
        raise SnapshotRunning
    last = Snapshot.objects.last_loaded()
    if last and not manifest.is_newer_than(last):
        raise SnapshotRefused("older")
    patrons = Patron.objects.active().exclude(user=None).order_by()
    reading = Reading(
        patrons=dict(patrons.values_list("number", "pk")),
        branches=dict(Branch.objects.values_list("code", "pk")),
    )
    merging.create(cursor)
    _stage(cursor, manifest, reading)
    _take_over_catalog(cursor, manifest, reading, may_lose=may_lose)
    merging.compare(cursor)
    if not may_lose and merging.loses_many(cursor):
        raise SnapshotRefused("loses_loans")
    changes = merging.merge(cursor, manifest.as_of, timezone.localdate(manifest.as_of))
    changes["settled"] = merging.settle(cursor, now)
    row, _ = Snapshot.objects.update_or_create(
        name=manifest.name,
        digest=manifest.digest,
        defaults={
            "sequence": manifest.sequence,
            "as_of": manifest.as_of,
            "state": SnapshotState.LOADED,
            "reason": "",
            "detail": "",
            "counts": {"rows": reading.rows, "wrong": reading.wrong, **changes},
            "examples": reading.examples,
            "seen_at": now,
        },
    )
    counts = {"rows": sum(reading.rows.values()), "wrong": sum(reading.wrong.values()), **changes}
    extra = {"event": "snapshot_loaded", "sequence": manifest.sequence, **counts}
    transaction.on_commit(lambda: logger.info("snapshot loaded", extra=extra))
    return row


def _stage(cursor: CursorWrapper, manifest: Manifest, reading: Reading) -> None:
    """Copy the lines of patrons with a login; raise SnapshotRefused where a file is not as told."""
    for kind in (*REQUIRED, "answers"):
        if kind in manifest.parts:
            part = manifest.parts[kind]
            _check_encoding(manifest, kind)
            _copy(cursor, kind, reading.read(kind, part, manifest.codec))
            _check_lines(manifest, reading, kind)
    # Nothing is known of what is lent to them, so nothing may look as if it were.
    for table in ("patrons", "loans", "holds"):
        cursor.execute(
            f"DELETE FROM staged_{table} WHERE patron_id = ANY(%s)",  # noqa: S608
            [list(reading.incomplete)],
        )


def _copy(cursor: CursorWrapper, kind: str, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{name}"' for name in merging.STAGED[kind])
    with cursor.copy(f"COPY staged_{kind} ({columns}) FROM STDIN") as copy:
        write: Callable[[Any], None] = copy.write_row
        for row in rows:
            write(row)


def _check_encoding(manifest: Manifest, kind: str) -> None:
    """Raise SnapshotRefused where the first bytes are plainly of another encoding."""
    with manifest.parts[kind].path.open("rb") as stream:
        data = stream.read(FIRST_BYTES)
    if not data.isascii() and encoding.told_by(data) != manifest.codec.removesuffix("-sig"):
        raise SnapshotRefused("encoding", kind)


def _check_lines(manifest: Manifest, reading: Reading, kind: str) -> None:
    rows, wrong = reading.rows[kind], reading.wrong[kind]
    if rows != manifest.parts[kind].rows:
        raise SnapshotRefused("rows", f"{kind}: {rows}")
    if wrong > max(1, rows * MOST_WRONG):
        examples = " ".join(f"{line}:{code}" for line, code in reading.examples[kind])
        raise SnapshotRefused("wrong", f"{kind}: {wrong}/{rows} {examples}"[:200])


def _take_over_catalog(
    cursor: CursorWrapper, manifest: Manifest, reading: Reading, *, may_lose: bool
) -> None:
    """Take over records and items, where there are any, as an import does."""
    records, items = manifest.parts.get("records"), manifest.parts.get("items")
    if not records and not items:
        return
    if items:
        _check_encoding(manifest, "items")
    # What the own lending kept is over.
    cursor.execute("UPDATE catalog_item SET is_in_use = false WHERE is_in_use")
    imported = take_over(
        cursor,
        path=records.path if records else None,
        items_path=items.path if items else None,
        encoding=manifest.codec,
        errors="surrogateescape",
        whole=items is not None,
        may_lose_items=may_lose,
    )
    counts = imported.counts
    if records:
        reading.rows["records"], reading.wrong["records"] = counts["records"], counts["rejected"]
        _check_lines(manifest, reading, "records")
    if items:
        became = ("inserted", "updated", "unchanged", "rejected")
        reading.rows["items"] = sum(counts[f"items_{one}"] for one in became)
        reading.wrong["items"] = counts["items_rejected"]
        _check_lines(manifest, reading, "items")
    if not imported.done:
        raise SnapshotRefused("loses_items" if imported.loses_items else "wrong")
