"""Writing patrons for the library system: who, into which file, and that it was done.

A patron is exported when the file is on the disk under its own name, and only then marked, in a
transaction that ends after that. A process killed anywhere leaves patrons unmarked, to be written
again: the library system takes a patron twice by the number, and never misses one.
"""

import logging
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from django.db import connection, transaction
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from patrons.models import PatronExport
from patrons.querysets import PatronQuerySet
from patrons.transfer.columns import Mapping
from patrons.transfer.files import HiddenFile, discard_left_behind
from patrons.transfer.lines import LineWriter, Row

__all__ = ["Exported", "export_again", "export_to_file", "export_to_folder", "export_to_stream"]

logger = logging.getLogger("patrons")

EXPORT_LOCK = (0x0174_0002, 0)
PREFIX = "patrons-"
REPORT_SUFFIX = ".missing.txt"
ROWS_AT_ONCE = 2000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class ExportRunning(Exception):
    """Another export for the library system is being written."""


class ExportFailed(Exception):
    """The file could not be written; the text names the folder and why. Nothing is marked."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What one export did; without a file there is no `path`."""

    patrons: int = 0
    marked: int = 0
    reported: int = 0
    path: Path | None = None


class _Versions:
    """Which state of which patron is in the file: 16 bytes each."""

    def __init__(self) -> None:
        self._keys = array("q")
        self._moments = array("q")

    def add(self, row: Row) -> None:
        self._keys.append(row.pk)
        self._moments.append((row.updated_at - EPOCH) // MICROSECOND)

    def batches(self) -> Iterator[tuple[list[int], list[datetime]]]:
        for start in range(0, len(self._keys), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            moments = (EPOCH + moment * MICROSECOND for moment in self._moments[part])
            yield self._keys[part].tolist(), list(moments)


def export_to_folder(
    *, folder: Path, patrons: PatronQuerySet, encoding: str, mapping: Mapping, mark: bool = True
) -> Exported:
    """Write patrons to a new file `patrons-<date>-<time>-<number>.csv` of a folder.

    The folder must exist. Nothing is written when there is nobody to write. Raises ExportRunning,
    and ExportFailed where the folder cannot be written to.
    """

    def path(export: PatronExport) -> Path:
        started_at = timezone.localtime(export.started_at)
        return folder / f"{PREFIX}{started_at:%Y%m%d-%H%M%S}-{export.pk:06}.csv"

    with _alone(folder):
        discard_left_behind(folder, PREFIX)
        return _export(patrons, path, encoding, mapping, mark)


def export_to_file(
    *, path: Path, patrons: PatronQuerySet, encoding: str, mapping: Mapping, mark: bool = True
) -> Exported:
    """Write patrons to a file, in place of one that is there; otherwise as `export_to_folder`."""
    with _alone(path.parent):
        return _export(patrons, lambda export: path, encoding, mapping, mark)


@transaction.atomic
def export_to_stream(
    *, stream: BinaryIO, patrons: PatronQuerySet, encoding: str, mapping: Mapping
) -> Exported:
    """Write patrons to a stream and mark nobody: whether somebody kept it cannot be known."""
    writer = LineWriter(stream=stream, report=None, encoding=encoding, mapping=mapping)
    with _rows(patrons) as rows:
        for row in rows:
            writer.write(row)
    writer.finish()
    stream.flush()
    record(Event.EXPORTED, reason="stream", count=writer.lines)
    return Exported(patrons=writer.lines, reported=writer.reported)


def export_again(*, patrons: PatronQuerySet) -> int:
    """Have the next export write patrons once more; returns how many were exported before."""
    return patrons.exclude(exported_at=None).update(exported_at=None)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One export at a time, in one transaction; what the file system refuses is ExportFailed."""
    try:
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", EXPORT_LOCK)
                if not cursor.fetchone()[0]:
                    raise ExportRunning
            yield
    except OSError as error:
        raise ExportFailed(f"{folder}: {error.strerror}") from error


def _export(
    patrons: PatronQuerySet,
    path_of: Callable[[PatronExport], Path],
    encoding: str,
    mapping: Mapping,
    mark: bool,
) -> Exported:
    # Before the rows are read: a change from here on is later than this export.
    started_at = timezone.now()
    with _rows(patrons) as rows:
        first = next(rows, None)
        if first is None:
            return Exported()
        # Its key is the file's number, so the row comes first.
        export = PatronExport.objects.create(
            started_at=started_at,
            finished_at=started_at,
            encoding=encoding,
            patrons=0,
            marked=0,
            reported=0,
        )
        path = path_of(export)
        versions = _Versions()
        writer = _write_files(path, _noting(chain([first], rows), versions), encoding, mapping)
    if mark:
        export.marked = sum(_mark(started_at, *batch) for batch in versions.batches())
    export.file_name = path.name
    export.patrons, export.reported = writer.lines, writer.reported
    export.finished_at = timezone.now()
    export.save()
    record(
        Event.EXPORTED,
        object_type="patrons.patronexport",
        object_id=export.pk,
        count=export.patrons,
    )
    counts = {"patrons": export.patrons, "marked": export.marked, "reported": export.reported}
    logger.info("patrons exported", extra={"event": "patrons_exported", **counts})
    return Exported(path=path, **counts)


def _noting(rows: Iterable[Row], versions: _Versions) -> Iterator[Row]:
    """Pass rows on and note those to be marked; who is exported already keeps the moment."""
    for row in rows:
        yield row
        if row.exported_at is None or row.exported_at < row.updated_at:
            versions.add(row)


def _write_files(path: Path, rows: Iterable[Row], encoding: str, mapping: Mapping) -> LineWriter:
    """Write and publish the file, after the list of what its encoding lacks, if anything."""
    files = [data := HiddenFile(path)]
    try:
        report = None
        if encoding == "cp932":
            files.append(report := HiddenFile(path.with_suffix(REPORT_SUFFIX)))
        writer = LineWriter(
            stream=data.stream,
            report=report.stream if report else None,
            encoding=encoding,
            mapping=mapping,
        )
        for row in rows:
            writer.write(row)
        writer.finish()
        if report and writer.reported:
            report.publish()
        data.publish()
    finally:
        for file in files:
            file.discard()
    return writer


@contextmanager
def _rows(patrons: PatronQuerySet) -> Iterator[Iterator[Row]]:
    """Read through a server-side cursor, whose one statement sees one state of the table."""
    query = patrons.order_by("pk").values_list(*Row._fields).query
    with connection.chunked_cursor() as cursor:
        cursor.execute(*query.sql_with_params())
        batches = iter(lambda: cursor.fetchmany(ROWS_AT_ONCE), [])
        yield map(Row._make, chain.from_iterable(batches))


def _mark(started_at: datetime, keys: list[int], moments: list[datetime]) -> int:
    """Mark the patrons who are still as they were written; returns how many.

    A patron whom somebody is changing is passed by, not waited for: the next export writes the
    patron again.
    """
    # Each by its key: joined, statistics of a table that was empty until now make it a nested loop.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE patrons_patron SET exported_at = greatest(%s, updated_at),
                synced_at = statement_timestamp()
            WHERE id = ANY (ARRAY(
                SELECT unchanged.id
                FROM unnest(%s::bigint[], %s::timestamptz[]) AS written (id, updated_at),
                LATERAL (
                    SELECT stored.id FROM patrons_patron stored
                    WHERE stored.id = written.id AND stored.updated_at = written.updated_at
                    FOR NO KEY UPDATE SKIP LOCKED
                ) unchanged
            ))
            """,
            [started_at, keys, moments],
        )
        return cursor.rowcount
