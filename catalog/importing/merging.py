"""The staged records and items against the catalogue: what is new, what changed, what goes.

Deciding (`compare_records`, `compare_items`) writes nothing but temporary tables, so a dry run does
just that. A control number that stands twice means its last record; an item number its first line.
An item that was told but cannot be taken (`refused`) keeps what is stored under its number, but for
that of a deleted record.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import InsufficientPrivilege, LockNotAvailable

# As they are staged and stored, with their types; control_number comes before them.
TOLD = {
    **{"title": "text", "title_reading": "text", "volume": "text", "series": "text"},
    **{"contributors": "jsonb", "publisher": "text", "year": "smallint", "extent": "text"},
    **{"isbns": "varchar[]", "ndc": "text", "subjects": "text[]", "language": "text"},
    **{"material": "text", "for_children": "boolean", "description": "text"},
}
KEYS = {
    **{"title_key": "text", "author_key": "text", "publisher_key": "text"},
    **{"subject_key": "text", "grams": "tsvector"},
}
RECORD_COLUMNS = ("position", "control_number", "is_deleted", *TOLD, *KEYS)
ITEM_COLUMNS = {
    **{"line": "int", "position": "int", "control_number": "text", "number": "text"},
    **{"branch_id": "bigint", "shelf": "text", "call_number": "text", "state": "text"},
    **{"material": "text", "refused": "boolean"},
}
# Below this, dropping and building the indexes costs more than it saves.
MIN_ROWS_TO_REBUILD = 20_000
# How each is dropped, and built again.
BUILT_AGAIN = """
SELECT 'DROP INDEX ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid IN ('catalog_record'::regclass, 'catalog_item'::regclass) AND NOT indisunique
UNION ALL
SELECT format('ALTER TABLE catalog_item DROP CONSTRAINT %I', conname),
    format('ALTER TABLE catalog_item ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f'
    AND (conrelid, confrelid) = ('catalog_item'::regclass, 'catalog_record'::regclass)
"""
FINDINGS_AT_ONCE = 1000
# More stored items than both of these go only where that is said to be meant.
GONE_UNASKED, SHARE_GONE_UNASKED = 20, 0.1
_WRITTEN = ", ".join((*TOLD, *KEYS))
_NEW = "NOT EXISTS (SELECT FROM known WHERE known.position = staged.position)"


def create(cursor: CursorWrapper) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in (TOLD | KEYS).items())
    cursor.execute(
        "CREATE TEMPORARY TABLE staged (position int, control_number text, is_deleted boolean,"
        f" {columns}) ON COMMIT DROP"
    )
    columns = ", ".join(f"{name} {kind}" for name, kind in ITEM_COLUMNS.items())
    cursor.execute(f"CREATE TEMPORARY TABLE staged_item ({columns}) ON COMMIT DROP")


def taken_out(cursor: CursorWrapper, name: str, statement: str) -> Iterator[tuple[int, str, str]]:
    """Run a statement that returns position, control number and detail; yield them in order.

    They wait in a temporary table of this name: it may be the whole file.
    """
    cursor.execute(
        f"CREATE TEMPORARY TABLE {name} (position int, control_number text, detail text)"
        " ON COMMIT DROP"
    )
    cursor.execute(
        f"WITH found (position, control_number, detail) AS ({statement})"  # noqa: S608
        f" INSERT INTO {name} SELECT * FROM found"
    )
    return _rows(name)


def _rows(name: str) -> Iterator[tuple[int, str, str]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name} ORDER BY position")  # noqa: S608
        while found := cursor.fetchmany(FINDINGS_AT_ONCE):
            yield from found


def take_out_earlier(cursor: CursorWrapper, *, with_items: bool) -> Iterator[tuple[int, str, str]]:
    """Take out every record whose control number comes again, and yield them.

    And their items (`with_items`), where these stand in the records.
    """
    found = taken_out(
        cursor,
        "earlier",
        "DELETE FROM staged USING (SELECT control_number, max(position) AS last FROM staged"
        " GROUP BY control_number HAVING count(*) > 1) AS twice"
        " WHERE staged.control_number = twice.control_number AND position < last"
        " RETURNING position, staged.control_number, ''",
    )
    if with_items:
        cursor.execute(
            "DELETE FROM staged_item USING earlier WHERE staged_item.position = earlier.position"
        )
    return found


def compare_records(cursor: CursorWrapper, counts: Counter[str]) -> None:
    """Decide what becomes of every staged record; those that are not `known` are new."""
    told, keys = map(_differs, (TOLD, KEYS))
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE known ON COMMIT DROP AS
        SELECT position, record.id, CASE
            WHEN is_deleted AND record.deleted_at IS NULL THEN 'deleted'
            WHEN is_deleted THEN 'unchanged'
            WHEN record.deleted_at IS NOT NULL OR {told} THEN 'updated'
            WHEN {keys} THEN 'folded'
            ELSE 'unchanged' END AS outcome
        FROM staged JOIN catalog_record record USING (control_number)
        """  # noqa: S608
    )
    cursor.execute("ANALYZE known")
    cursor.execute("SELECT outcome, count(*) FROM known GROUP BY outcome")
    counts.update(dict(cursor.fetchall()))
    # Other keys of the same record are no change that anybody is told of.
    counts["unchanged"] += counts.pop("folded", 0)
    cursor.execute(
        "SELECT count(*) FILTER (WHERE NOT is_deleted), count(*) FILTER (WHERE is_deleted)"  # noqa: S608
        f" FROM staged WHERE {_NEW}"
    )
    counts["inserted"], never_there = cursor.fetchone()
    counts["unchanged"] += never_there


def _differs(names: Iterable[str]) -> str:
    stored, staged = (
        ", ".join(f"{table}.{name}" for name in names) for table in ("record", "staged")
    )
    return f"({stored}) IS DISTINCT FROM ({staged})"


def refuse_lost_items(cursor: CursorWrapper) -> Iterator[tuple[int, str, str]]:
    """Refuse, and yield, items of records that neither the file nor the catalogue has."""
    return taken_out(
        cursor,
        "lost",
        "UPDATE staged_item SET refused = true FROM ("
        " SELECT line FROM staged_item item LEFT JOIN staged USING (control_number)"
        " LEFT JOIN catalog_record record USING (control_number)"
        " WHERE NOT refused AND NOT coalesce(NOT staged.is_deleted,"
        " record.id IS NOT NULL AND record.deleted_at IS NULL)) AS lost"
        " WHERE staged_item.line = lost.line"
        " RETURNING position, control_number, number",
    )


def take_out_second_items(cursor: CursorWrapper) -> Iterator[tuple[int, str, str]]:
    """Take out, and yield, items whose number stood before."""
    return taken_out(
        cursor,
        "second",
        "DELETE FROM staged_item item USING (SELECT number, min(line) AS first FROM staged_item"
        " WHERE NOT refused GROUP BY number HAVING count(*) > 1) AS twice"
        " WHERE item.number = twice.number AND line > first AND NOT refused"
        " RETURNING position, control_number, item.number",
    )


def compare_items(
    cursor: CursorWrapper, counts: Counter[str], *, of_staged_records: bool, whole: bool = False
) -> None:
    """Decide what becomes of every staged item, and which stored ones are gone.

    Gone is what the file does not tell of although it tells a usable item of the record; and, where
    items stand in the records (`of_staged_records`) and any is usable, those of a record that has
    none at all. One whose items are all refused keeps what is stored. And of deleted records. Of a
    file that is `whole`, whatever it does not tell of. An item in use is never gone, and its state
    is not the file's to tell.
    """
    # What the file leaves open stays: the state, and the columns that a file of items lacks.
    cursor.execute(
        """
        CREATE TEMPORARY TABLE known_item ON COMMIT DROP AS
        SELECT line, item.id,
            (record.control_number, item.branch_id)
                IS DISTINCT FROM (staged.control_number, staged.branch_id)
            OR coalesce(staged.shelf <> item.shelf, false)
            OR coalesce(staged.call_number <> item.call_number, false)
            OR coalesce(staged.material <> item.material, false)
            OR coalesce(NOT item.is_in_use AND staged.state <> item.state, false) AS is_changed
        FROM staged_item staged JOIN catalog_item item USING (number)
        JOIN catalog_record record ON record.id = item.record_id WHERE NOT refused
        """
    )
    without = (
        "SELECT control_number FROM staged WHERE NOT is_deleted"
        " AND EXISTS (SELECT FROM staged_item WHERE NOT refused)"
        " EXCEPT SELECT control_number FROM staged_item UNION"
    )
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE gone_item ON COMMIT DROP AS
        SELECT item.id FROM (SELECT control_number, true AS is_deleted FROM staged WHERE is_deleted
            UNION SELECT control_number, false FROM ({without if of_staged_records else ""}
                SELECT control_number FROM staged_item WHERE NOT refused) AS named) AS told
        JOIN catalog_record record USING (control_number)
        JOIN catalog_item item ON item.record_id = record.id AND NOT item.is_in_use
        WHERE NOT EXISTS (SELECT FROM staged_item staged WHERE staged.number = item.number
            AND NOT (refused AND told.is_deleted))
        """  # noqa: S608
    )
    if whole:
        cursor.execute(
            "INSERT INTO gone_item SELECT id FROM catalog_item item WHERE NOT is_in_use"
            " AND NOT EXISTS (SELECT FROM staged_item WHERE staged_item.number = item.number)"
            " EXCEPT SELECT id FROM gone_item"
        )
    cursor.execute("SELECT count(*), count(*) FILTER (WHERE is_changed) FROM known_item")
    known, counts["items_updated"] = cursor.fetchone()
    counts["items_unchanged"] = known - counts["items_updated"]
    cursor.execute("SELECT count(*) FROM staged_item WHERE NOT refused")
    counts["items_inserted"] = cursor.fetchone()[0] - known
    cursor.execute("SELECT count(*) FROM gone_item")
    counts["items_gone"] = cursor.fetchone()[0]


def loses_many_items(cursor: CursorWrapper, gone: int) -> bool:
    """Return whether so many stored items go that the file is rather incomplete, or another's."""
    if gone <= GONE_UNASKED:
        return False
    cursor.execute("SELECT count(*) FROM catalog_item")
    return gone > cursor.fetchone()[0] * SHARE_GONE_UNASKED


def drop_indexes(cursor: CursorWrapper, staged: int) -> list[str]:
    """Drop what is better built again where nearly everything is new; return how, or [].

    These are the indexes that keep nothing unique, and the check of each item for its record.
    Readers of the catalogue then wait for the end. Where one is in the way, or the role is not the
    owner's, they stay, and the import takes longer.
    """
    cursor.execute(
        "SELECT count(*) FROM (SELECT FROM catalog_record LIMIT %s) AS found", [staged // 10 + 1]
    )
    if staged < MIN_ROWS_TO_REBUILD or cursor.fetchone()[0] > staged // 10:
        return []
    cursor.execute(BUILT_AGAIN)
    found = cursor.fetchall()
    try:
        with transaction.atomic():
            cursor.execute(
                "LOCK TABLE catalog_record, catalog_item IN ACCESS EXCLUSIVE MODE NOWAIT"
            )
            for drop, _ in found:
                cursor.execute(drop)
    except DatabaseError as error:
        if not isinstance(error.__cause__, LockNotAvailable | InsufficientPrivilege):
            raise
        return []
    # Otherwise the checks wait for the commit, and nothing could be built.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return [build for _, build in found]


def merge_records(cursor: CursorWrapper, now: datetime) -> None:
    """Write what `compare_records` decided."""
    changes = ", ".join(f"{name} = staged.{name}" for name in (*TOLD, *KEYS))
    cursor.execute(
        f"UPDATE catalog_record AS record SET {changes}, deleted_at = NULL,"  # noqa: S608
        " added_at = CASE WHEN record.deleted_at IS NULL THEN record.added_at ELSE %s END,"
        " updated_at = CASE WHEN outcome = 'updated' THEN %s ELSE record.updated_at END"
        " FROM known JOIN staged USING (position)"
        " WHERE record.id = known.id AND outcome IN ('updated', 'folded')",
        [now, now],
    )
    cursor.execute(
        "UPDATE catalog_record AS record SET deleted_at = %s, updated_at = %s FROM known"
        " WHERE record.id = known.id AND outcome = 'deleted'",
        [now, now],
    )
    cursor.execute(
        f"INSERT INTO catalog_record (control_number, {_WRITTEN}, added_at, updated_at)"  # noqa: S608
        f" SELECT control_number, {_WRITTEN}, %s, %s FROM staged"
        f" WHERE NOT is_deleted AND {_NEW}",
        [now, now],
    )


def merge_items(cursor: CursorWrapper) -> None:
    """Write what `compare_items` decided; the records are written."""
    # What came into use since it was compared stays.
    cursor.execute(
        "DELETE FROM catalog_item item USING gone_item"
        " WHERE gone_item.id = item.id AND NOT item.is_in_use"
    )
    cursor.execute(
        "UPDATE catalog_item AS item SET record_id = record.id, branch_id = staged.branch_id,"
        " shelf = coalesce(staged.shelf, item.shelf),"
        " call_number = coalesce(staged.call_number, item.call_number),"
        " material = coalesce(staged.material, item.material),"
        " state = CASE WHEN is_in_use THEN item.state ELSE coalesce(staged.state, item.state) END"
        " FROM known_item JOIN staged_item staged USING (line)"
        " JOIN catalog_record record USING (control_number)"
        " WHERE is_changed AND known_item.id = item.id"
    )
    cursor.execute(
        "INSERT INTO catalog_item"
        " (record_id, number, branch_id, shelf, call_number, state, material)"
        " SELECT record.id, number, branch_id, coalesce(shelf, ''), coalesce(call_number, ''),"
        " coalesce(state, 'on_shelf'), coalesce(staged.material, '')"
        " FROM staged_item staged JOIN catalog_record record USING (control_number)"
        " WHERE NOT refused"
        " AND NOT EXISTS (SELECT FROM known_item WHERE known_item.line = staged.line)"
    )
