"""Writing patrons for the library system: who, when, into which file, and that it was done.

A patron is exported when the file is on the disk under its own name, and only then marked, in a
transaction that ends after that. A process killed anywhere leaves patrons unmarked, to be written
again: the library system takes a patron twice by the number, and never misses one.
"""

import logging
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW
from audit.enums import Event
from audit.services import record
from patrons.models import Patron, PatronExport
from patrons.querysets import PatronQuerySet
from patrons.transfer.columns import Mapping, load_mapping
from patrons.transfer.lines import LineWriter, Row
from staff.files import HiddenFile

logger = logging.getLogger("patrons")

EXPORT_LOCK = (0x0174_0002, 0)
# The worker writes at most one file in so many.
MINUTES = 5
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


def export_when_due(*, now: datetime) -> Exported | None:
    """Export new and changed patrons unless this period has its file; None where nothing is due.

    `PATRON_EXPORT_FOLDER` empty: never. Errors as `export_to_folder`, and MappingRefused.
    """
    if not settings.PATRON_EXPORT_FOLDER:
        return None
    begin = period_begin(now, MINUTES)
    latest = PatronExport.objects.filter(marked__gt=0).order_by("pk").last()
    # One still to come was written by a clock that was ahead.
    if latest and begin <= latest.started_at <= now + CLOCK_SKEW:
        return None
    mapping = load_mapping(Path(settings.PATRON_EXPORT_MAPPING))
    return export_to_folder(
        folder=Path(settings.PATRON_EXPORT_FOLDER),
        patrons=Patron.objects.to_be_exported(),
        encoding=mapping.export_encoding,
        mapping=mapping,
    )


def period_begin(now: datetime, minutes: int) -> datetime:
    """Return the begin of the period that `now` is in; periods of a day begin at midnight here."""
    offset = timezone.localtime(now).utcoffset() or timedelta()
    return now - (now - EPOCH + offset) % timedelta(minutes=minutes)


def export_to_folder(
    *,
    folder: Path,
    name: str = "",
    patrons: PatronQuerySet,
    encoding: str,
    mapping: Mapping,
    mark: bool = True,
) -> Exported:
    """Write patrons to a new file of a folder, named `patrons-<date>-<time>-<number>.csv`.

    Another `name` may be there already: that file is replaced. The folder must exist. Nothing is
    written when there is nobody to write. Raises ExportRunning, and ExportFailed where the folder
    cannot be written to.
    """
    try:
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", EXPORT_LOCK)
                if not cursor.fetchone()[0]:
                    raise ExportRunning
            # Nobody else writes now: these are of processes that were killed.
            for left in folder.glob(f".{PREFIX}*.tmp"):
                left.unlink(missing_ok=True)
            return _export(folder, name, patrons, encoding, mapping, mark)
    except OSError as error:
        raise ExportFailed(f"{folder}: {error.strerror}") from error


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
    """Have the next export write patrons once more; returns how many were exported before.

    Whether the library system has them is as unknown as before the first time.
    """
    return patrons.exclude(exported_at=None).update(exported_at=None, reflected_at=None)


def minutes_until_told(patron: Patron) -> int:
    """Return in about how many minutes a file tells the library system of a new patron.

    0 where there is nobody to be told, or a file of the library system has held the number.
    """
    return MINUTES if settings.PATRON_EXPORT_FOLDER and patron.reflected_at is None else 0


def _export(
    folder: Path, name: str, patrons: PatronQuerySet, encoding: str, mapping: Mapping, mark: bool
) -> Exported:
    # Before the rows are read: a change from here on is later than this export.
    started_at = timezone.now()
    # Which state of which patron is in the file: 16 bytes each.
    keys, moments = array("q"), array("q")

    def noted(rows: Iterable[Row]) -> Iterator[Row]:
        """Pass rows on and note those to be marked; who is exported already keeps the moment."""
        for row in rows:
            yield row
            if row.exported_at is None or row.exported_at < row.updated_at:
                keys.append(row.pk)
                moments.append((row.updated_at - EPOCH) // MICROSECOND)

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
        named_by = f"{timezone.localtime(started_at):%Y%m%d-%H%M%S}-{export.pk:06}"
        path = folder / (name or f"{PREFIX}{named_by}.csv")
        writer = _write_files(path, noted(chain([first], rows)), encoding, mapping)
    for start in range(0, len(keys) if mark else 0, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        written = [EPOCH + moment * MICROSECOND for moment in moments[part]]
        export.marked += _mark(started_at, keys[part].tolist(), written)
    export.file_name = path.name
    export.patrons, export.reported = writer.lines, writer.reported
    export.finished_at = timezone.now()
    export.save()
    label = "patrons.patronexport"
    record(Event.EXPORTED, object_type=label, object_id=export.pk, count=export.patrons)
    counts = {"patrons": export.patrons, "marked": export.marked, "reported": export.reported}
    logger.info("patrons exported", extra={"event": "patrons_exported", **counts})
    return Exported(path=path, **counts)


def _write_files(path: Path, rows: Iterator[Row], encoding: str, mapping: Mapping) -> LineWriter:
    """Write and publish the file, after the list of what its encoding lacks, if anything."""
    missing = path.with_suffix(REPORT_SUFFIX)
    with (
        HiddenFile(path) as data,
        HiddenFile(missing) if encoding == "cp932" else nullcontext() as report,
    ):
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
