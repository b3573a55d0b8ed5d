"""Import of the library system's patrons: read, stage, compare, merge, in one transaction.

Until the commit nothing is visible, and whatever ends the process leaves nothing behind. Only the
merge holds the writers of patrons back; reading a file and computing its keys takes no lock.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from patrons.services import lock_every_birth_date
from patrons.transfer import staging
from patrons.transfer.columns import Mapping
from patrons.transfer.errors import FileRefused
from patrons.transfer.merging import Merge
from patrons.transfer.reading import Layout, blocks, read_layout
from patrons.transfer.rows import Finding, Parsed, RowParser

# How often, and after how many seconds again, readers are asked out of a table that is filled.
LOCK_TRIES, LOCK_PAUSE = 20, 0.1
LOCK_NOT_AVAILABLE = "55P03"


@dataclass(kw_only=True)
class Imported:
    """What an import did, or would do.

    `as_of` is the file's moment. `kept` are rows that differ from patrons whose own changes the
    library system does not know yet, or did not know when it wrote the file: nothing of the row was
    taken, but for a withdrawal or a return in the former case. `erased` are those of patrons whose
    data were erased here and are not brought back; `notes` values that were left out, so that what
    is stored stays; `namesakes` and `renamed` rows of patrons who share name and birth date, and of
    those whose card had another name. `done` is False, and nothing is changed, after a dry run or
    where too many rows are rejected (`too_many`).
    """

    as_of: datetime
    rows: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0
    erased: int = 0
    rejected: int = 0
    notes: int = 0
    namesakes: int = 0
    renamed: int = 0
    ignored_columns: tuple[str, ...] = field(default_factory=tuple)
    too_many: bool = False
    done: bool = False


def import_patrons(
    *,
    path: Path,
    mapping: Mapping,
    as_of: datetime | None = None,
    allowed: Callable[[int], float] = lambda rows: 0,
    expected_rows: int | None = None,
    accept_cut_off: bool = False,
    first_login_days: int = 0,
    dry_run: bool = False,
    report: Callable[[str, Finding], object] = lambda kind, finding: None,
    progress: Callable[[str, float], object] = lambda step, share: None,
) -> Imported:
    """Take over a file's patrons, all of them or none.

    `as_of` is when the library system wrote the file; by default, when the file last changed.
    `allowed` says how many of so many rows may be rejected. `report` is called with "rejected",
    "kept", "erased", "note", "namesake" or "renamed" for each line that staff should look at;
    `progress` with a step (`read`, `compare`, `merge`, `index`, `commit`) and how much of it is
    done, from 0 to 1. A dry run compares without a lock. Raises FileRefused, and OSError where
    there is no such file.
    """
    layout = read_layout(path, mapping)
    found = Imported(as_of=as_of or _last_changed(path), ignored_columns=layout.ignored)
    fields = list(layout.positions)

    def tell(kind: str, findings: Iterator[Finding]) -> int:
        count = 0
        for count, finding in enumerate(findings, 1):  # noqa: B007
            report(kind, finding)
        return count

    with transaction.atomic(durable=True), connection.cursor() as cursor:
        staging.set_up_session(cursor)
        staging.create(cursor, fields)
        parser = RowParser(layout, mapping, timezone.localdate())
        with path.open("rb") as stream:
            parsed = _parsed(stream, layout, parser, accept_cut_off, progress)
            for block in staging.fill(cursor, parsed):
                found.rows += block.rows
                found.rejected += tell("rejected", iter(block.rejected))
                found.notes += tell("note", iter(block.notes))
        if not found.rows:
            raise FileRefused("empty")
        if expected_rows is not None and found.rows != expected_rows:
            raise FileRefused("rows", detail=str(found.rows))
        twice = staging.drop_repeated_numbers(cursor, rejected=found.rejected > 0)
        found.rejected += tell("rejected", twice)
        found.rejected += tell("rejected", staging.take_out_nameless(cursor))
        progress("compare", 0)
        merge = Merge(cursor, fields, found.as_of)
        # Up to here nothing of the stored patrons is asked that could still change.
        filling = False
        if not dry_run and found.rejected <= allowed(found.rows):
            filling = _lock(merge)
        _compare(merge, found, tell)
        found.too_many = found.rejected > allowed(found.rows)
        if dry_run or found.too_many:
            transaction.set_rollback(True)
            return found
        _merge(cursor, merge, filling, first_login_days, progress)
        late = tell("kept", merge.lines("late", "not_exported"))
        found.kept += late
        found.updated -= late
        record(Event.IMPORTED, count=found.inserted + found.updated)
        progress("commit", 0)
    found.done = True
    return found


def _last_changed(path: Path) -> datetime:
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    # Another machine's clock may be ahead; the next file must not be older than this one.
    return min(moment, timezone.now())


def _lock(merge: Merge) -> bool:
    """Hold back the writers of patrons and, for an import that fills the table, its readers too.

    Returns whether the readers are out as well. The two locks are taken together or not at all:
    a request may have read the table and wait for the other lock, and another one the other way.
    """
    for _ in range(LOCK_TRIES if merge.is_filling() else 0):
        try:
            with transaction.atomic():
                lock_every_birth_date()
                merge.keep_readers_out()
            return True
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            time.sleep(LOCK_PAUSE)
    lock_every_birth_date()
    return False


def _compare(merge: Merge, found: Imported, tell: Callable[[str, Iterator[Finding]], int]) -> None:
    merge.compare()
    found.rejected += tell("rejected", merge.lines("rejected", "other_person"))
    found.kept += tell("kept", merge.lines("kept", "not_exported"))
    found.kept += tell("kept", merge.lines("withdrawn", "only_withdrawn"))
    found.kept += tell("kept", merge.lines("returned", "only_returned"))
    found.kept += tell("kept", merge.lines("stale", "file_older"))
    found.erased = tell("erased", merge.lines("erased", "erased"))
    found.renamed = tell("renamed", merge.renamed())
    found.namesakes = tell("namesake", merge.namesakes())
    found.inserted, found.updated = merge.count("inserted"), merge.count("updated")
    found.unchanged = merge.count("unchanged")


def _merge(
    cursor: CursorWrapper,
    merge: Merge,
    filling: bool,
    first_login_days: int,
    progress: Callable[[str, float], object],
) -> None:
    progress("merge", 0)
    indexes = merge.drop_indexes() if filling else []
    merge.insert(first_login_days)
    merge.update()
    merge.withdraw_or_return()
    for done, definition in enumerate(indexes):
        progress("index", done / len(indexes))
        cursor.execute(definition)


def _parsed(
    stream: BinaryIO,
    layout: Layout,
    parser: RowParser,
    accept_cut_off: bool,
    progress: Callable[[str, float], object],
) -> Iterator[Parsed]:
    size = stream.seek(0, 2)
    stream.seek(layout.start)
    for block in blocks(stream, accept_cut_off=accept_cut_off):
        progress("read", min(stream.tell() / size, 1))
        yield parser.parse(block)
