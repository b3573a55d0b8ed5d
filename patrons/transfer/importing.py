"""Import of the library system's patrons: read, stage, compare, merge, in one transaction.

Until the commit nothing is visible, and whatever ends the process leaves nothing behind. Only the
merge holds the writers of patrons back; reading a file and computing its keys takes no lock.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from audit.enums import Event
from audit.services import record
from patrons.services import lock_every_birth_date
from patrons.transfer.columns import Mapping
from patrons.transfer.merging import LATE, PATRONS, TABLE, TOLD, Merge, findings
from patrons.transfer.reading import FileRefused, Layout, blocks, open_rows, read_layout
from patrons.transfer.rows import COLUMNS, Finding, RowParser

# How often, and after how many seconds again, readers are asked out of a table that is filled.
LOCK_TRIES, LOCK_PAUSE = 20, 0.1
# More memory than a web request's for sorts, joins and index builds, and an end within a second of
# this process's, whatever statement runs.
SESSION = """
SET LOCAL work_mem = '64MB';
SET LOCAL maintenance_work_mem = '128MB';
SET LOCAL client_connection_check_interval = '1s'
"""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did, or would do.

    `as_of` is the file's moment, `layout` how it was read. `counts` has `inserted`, `updated`,
    `unchanged`, and what is told of: `kept` are rows that differ from patrons whose own changes the
    library system does not know yet, or did not know when it wrote the file: nothing of the row was
    taken, but for a withdrawal or a return in the former case. `erased` are those of patrons whose
    data were erased here and are not brought back; `note` values that were left out, so that what
    is stored stays; `look` values that are stored and to be looked at; `skipped` kinds of lines
    that are no rows; `namesake` and `renamed` rows of patrons who share name and birth date, and of
    those whose card had another name. `done` is False, and nothing is changed, after a dry run or
    where too many rows are `rejected` (`too_many`).
    """

    as_of: datetime
    rows: int
    counts: Counter[str]
    layout: Layout
    too_many: bool
    done: bool


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
    "kept", "erased", "note", "look", "skipped", "namesake" or "renamed" for each line that staff
    should look at, of those that were skipped for the first of each kind; `progress` with a step
    (`read`, `compare`, `merge`, `index`, `commit`) and how much of it is done, from 0 to 1. A dry
    run compares without a lock. Raises FileRefused, and OSError where
    there is no such file.
    """
    layout = read_layout(path, mapping)
    fields = list(layout.positions)
    if as_of is None:
        # Another machine's clock may be ahead; the next file must not be older than this one.
        as_of = min(datetime.fromtimestamp(path.stat().st_mtime, UTC), timezone.now())
    counts: Counter[str] = Counter()

    def tell(kind: str, found: Iterable[Finding]) -> None:
        for finding in found:
            report(kind, finding)
            counts[kind] += 1

    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SESSION)
        rows, unreadable = _stage(cursor, path, layout, mapping, accept_cut_off, tell, progress)
        if not rows:
            raise FileRefused("empty")
        if expected_rows is not None and rows != expected_rows:
            raise FileRefused("rows", detail=str(rows))
        _take_out_impossible(cursor, tell, rejected=counts["rejected"] > 0)
        progress("compare", 0)
        merge = Merge(cursor, fields, as_of)
        # Up to here nothing of the stored patrons is asked that could still change.
        filling = not dry_run and counts["rejected"] <= allowed(rows) and _lock(cursor, merge)
        merge.compare()
        for kind, code, found in TOLD:
            tell(kind, findings(found, code))
        if unreadable:
            tell("look", findings(merge.unreadable(), "unreadable"))
        too_many = counts["rejected"] > allowed(rows)
        if dry_run or too_many:
            transaction.set_rollback(True)
        else:
            progress("merge", 0)
            indexes = merge.drop_indexes() if filling else []
            merge.insert(first_login_days)
            merge.update()
            merge.withdraw_or_return()
            merge.reflect()
            for done, definition in enumerate(indexes):
                progress("index", done / len(indexes))
                cursor.execute(definition)
            tell("kept", findings(LATE, "not_exported"))
            record(Event.IMPORTED, count=merge.counts["inserted"] + merge.counts["updated"])
            progress("commit", 0)
    for outcome in ("inserted", "updated", "unchanged"):
        counts[outcome] = merge.counts[outcome]
    return Imported(
        as_of=as_of,
        rows=rows,
        counts=counts,
        layout=layout,
        too_many=too_many,
        done=not (dry_run or too_many),
    )


def _stage(
    cursor: CursorWrapper,
    path: Path,
    layout: Layout,
    mapping: Mapping,
    accept_cut_off: bool,
    tell: Callable[[str, Iterable[Finding]], None],
    progress: Callable[[str, float], object],
) -> tuple[int, bool]:
    """Copy the file into a temporary table, which writes no WAL; returns how many rows it has.

    And whether any has a name or address with a character that stands for another one.
    NULL stands where a cell's value could not be used, and for all but line and number of rows
    that are rejected already: `_take_out_impossible` takes these out.
    """
    columns = ", ".join(
        f"{column} {'boolean' if column == 'withdrawn' else 'text'}"
        for field in COLUMNS
        if field in layout.positions
        for column in COLUMNS[field]
    )
    cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} (line int NOT NULL, {columns}) ON COMMIT DROP")
    parser = RowParser(layout, mapping, timezone.localdate())
    rows, unreadable = 0, False
    skipped: dict[str, tuple[int, int]] = {}
    size = path.stat().st_size
    opened = open_rows(path, layout)
    with opened as stream, cursor.copy(f"COPY {TABLE} FROM STDIN") as copy:
        for block in blocks(stream, delimiter=layout.delimiter, accept_cut_off=accept_cut_off):
            progress("read", min(stream.tell() / size, 1))
            parsed = parser.parse(block)
            copy.write(parsed.copy)
            rows += parsed.rows
            unreadable |= parsed.unreadable
            tell("rejected", parsed.rejected)
            tell("note", parsed.notes)
            tell("look", parsed.looks)
            for code, (first, count) in parsed.skipped.items():
                line, before = skipped.get(code, (first, 0))
                skipped[code] = (line, before + count)
    for code, (line, count) in skipped.items():
        tell("skipped", [Finding(line, "", code, f"{count} 行")])
    cursor.execute(f"ANALYZE {TABLE}")
    return rows, unreadable


def _take_out_impossible(
    cursor: CursorWrapper, tell: Callable[[str, Iterable[Finding]], None], *, rejected: bool
) -> None:
    """Take out every row whose number stands in more than one, since nobody knows which is right.

    Rows that are rejected already (`rejected`: there are any) count, go out as well, and are not
    told again. Then those without a name, but of patrons whose data were erased here as well.
    """
    twice = _take_out(
        cursor,
        "import_twice",
        f"name IS NOT NULL AND number IN"  # noqa: S608
        f" (SELECT number FROM {TABLE} GROUP BY number HAVING count(*) > 1)",
        "number_twice",
    )
    if rejected:
        cursor.execute(f"DELETE FROM {TABLE} WHERE name IS NULL")  # noqa: S608
    tell("rejected", twice)
    nameless = _take_out(
        cursor,
        "import_nameless",
        f"name = '' AND NOT EXISTS (SELECT FROM {PATRONS} p"
        " WHERE p.number = s.number AND p.erased_at IS NOT NULL)",
        "name_empty",
    )
    tell("rejected", nameless)


def _take_out(cursor: CursorWrapper, table: str, condition: str, code: str) -> Iterator[Finding]:
    cursor.execute(
        f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS"  # noqa: S608
        f" SELECT line, number FROM {TABLE} s WHERE {condition}"
    )
    if cursor.rowcount:
        cursor.execute(f"DELETE FROM {TABLE} s USING {table} t WHERE s.line = t.line")  # noqa: S608
    return findings(table, code)


def _lock(cursor: CursorWrapper, merge: Merge) -> bool:
    """Hold back the writers of patrons and, for an import that fills the table, its readers too.

    Returns whether the readers are out as well. The two locks are taken together or not at all:
    a request may have read the table and wait for the other lock, and another one the other way.
    """
    for _ in range(LOCK_TRIES if merge.is_filling() else 0):
        try:
            with transaction.atomic():
                lock_every_birth_date()
                cursor.execute(f"LOCK TABLE {PATRONS} IN ACCESS EXCLUSIVE MODE NOWAIT")
            return True
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(LOCK_PAUSE)
    lock_every_birth_date()
    return False
