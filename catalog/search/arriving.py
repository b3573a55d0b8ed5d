"""What arrives, against one search or very many: only what is new is looked at.

What finds a record is the search's own (`catalog.search.hits.meets`). For very many searches the
new records are put into a table of their own with the indexes of the catalogue's, so that what one
search costs does not grow with the catalogue.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from catalog.search.criteria import MOST, Criteria
from catalog.search.hits import Condition, Hits, meets, planned_for_its_parameters

# So many new records are looked at together, and so many searches asked in one statement.
RECORDS_AT_ONCE = 10_000
SEARCHES_AT_ONCE = 100
# Where a search of a word begins in the catalogue, it begins here.
_INDEXES = ("gin (grams)", "gin (isbns)", "btree (title_key text_pattern_ops)", "btree (ndc)")


class Place(NamedTuple):
    """A record in the order of arrival; that of no record lies before those of its time."""

    added_at: datetime
    record_id: int = 0


def arrived(criteria: Criteria, since: datetime, count: int) -> Hits:
    """Return the newest of what has arrived since and meets the criteria, and how many do."""
    wanted = meets(criteria)
    statement = f"""
WITH found AS MATERIALIZED (
    SELECT record.id, record.added_at FROM catalog_record record
    WHERE record.deleted_at IS NULL AND record.added_at >= %s AND ({wanted.sql}) LIMIT %s
)
SELECT (SELECT count(*) FROM found),
    ARRAY(SELECT id FROM found ORDER BY added_at DESC, id DESC LIMIT %s)
"""  # noqa: S608
    with planned_for_its_parameters() as cursor:
        cursor.execute(statement, [since, *wanted.parameters, MOST + 1, count])
        total, ids = cursor.fetchone()
    return Hits(ids=ids, total=min(total, MOST), has_more=total > MOST, facets=[])


def take(cursor: CursorWrapper, after: Place, until: datetime) -> Place | None:
    """Put what arrived after a place and before a time, or the first part of it, into a table.

    Returns the place of the last, None where nothing arrived. The table lasts until the next part
    is taken, or the transaction ends.
    """
    cursor.execute("DROP TABLE IF EXISTS pg_temp.arrived, pg_temp.found")
    cursor.execute(
        "CREATE TEMPORARY TABLE arrived ON COMMIT DROP AS SELECT * FROM catalog_record"
        " WHERE deleted_at IS NULL AND (added_at, id) > (%s, %s) AND added_at < %s"
        " ORDER BY added_at, id LIMIT %s",
        [*after, until, RECORDS_AT_ONCE],
    )
    cursor.execute("SELECT added_at, id FROM arrived ORDER BY added_at DESC, id DESC LIMIT 1")
    last = cursor.fetchone()
    return Place(*last) if last else None


def take_items(cursor: CursorWrapper, after: int, until: int) -> int | None:
    """Put the records of the items that came after one, or of the first of them, into that table.

    Returns the last item that was looked at, None where none came; none is later than `until`.
    """
    cursor.execute("DROP TABLE IF EXISTS pg_temp.arrived, pg_temp.found")
    cursor.execute(
        "SELECT max(id) FROM (SELECT id FROM catalog_item WHERE id > %s AND id <= %s"
        " ORDER BY id LIMIT %s) AS came",
        [after, until, RECORDS_AT_ONCE],
    )
    last: int | None = cursor.fetchone()[0]
    if last is not None:
        cursor.execute(
            "CREATE TEMPORARY TABLE arrived ON COMMIT DROP AS SELECT * FROM catalog_record"
            " WHERE deleted_at IS NULL"
            " AND id IN (SELECT record_id FROM catalog_item WHERE id > %s AND id <= %s)",
            [after, last],
        )
    return last


def match(
    searches: Sequence[tuple[str, Criteria]], most: int, items_after: int | None = None
) -> None:
    """Put what each search finds of what was taken, `most` at most, into a table `found`.

    Its columns are `search`, the name that was given, and `record_id`. Where items were taken
    (`items_after` an item), no record is found of which the search's branches had one before.
    """
    with planned_for_its_parameters() as cursor:
        for columns in _INDEXES:
            cursor.execute(f"CREATE INDEX ON arrived USING {columns}")
        cursor.execute("ANALYZE arrived")
        cursor.execute(
            "CREATE TEMPORARY TABLE found (search text, record_id bigint) ON COMMIT DROP"
        )
        for begin in range(0, len(searches), SEARCHES_AT_ONCE):
            some = searches[begin : begin + SEARCHES_AT_ONCE]
            asked = [(name, _wanted(criteria, items_after)) for name, criteria in some]
            # PostgreSQL takes no type of a parameter from the table that it goes into here.
            statement = " UNION ALL ".join(
                f"(SELECT %s::text, id FROM arrived record WHERE {one.sql} LIMIT {most})"  # noqa: S608
                for _, one in asked
            )
            cursor.execute(
                f"INSERT INTO found {statement}",
                [value for name, one in asked for value in (name, *one.parameters)],
            )


def _wanted(criteria: Criteria, items_after: int | None) -> Condition:
    wanted = meets(criteria)
    if items_after is None:
        return wanted
    had_one = (
        "EXISTS (SELECT FROM catalog_item item WHERE item.record_id = record.id AND item.id <= %s"
        " AND item.branch_id IN (SELECT id FROM branches_branch WHERE code = ANY(%s)))"
    )
    sql = f"({wanted.sql}) AND NOT {had_one}"
    return Condition(sql, [*wanted.parameters, items_after, list(criteria.branches)])
