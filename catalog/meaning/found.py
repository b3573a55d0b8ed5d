"""The records nearest to a vector, each with the words it is near by; those nearest to a record.

One statement each.

pgvector's index gives vectors in their order; limits are looked at on the way, and it goes on until
there are enough, or 20,000 were looked at (`hnsw.iterative_scan`, `hnsw.max_scan_tuples`).
"""

from typing import NamedTuple

from django.db import ProgrammingError, transaction

from catalog.meaning import client
from catalog.meaning.client import Unanswered
from catalog.meaning.embedding import DIMENSIONS
from catalog.meaning.table import TABLE
from catalog.models import ItemState, Record
from catalog.search.hits import planned_for_its_parameters

SHOWN = 10
REASONS = 2
# What the index looks at before it has its answer: recall against time (docs/benchmarks.md).
LOOKED_AT = 100
_SESSION = (
    f"SELECT set_config('hnsw.ef_search', '{LOOKED_AT}', true),"
    " set_config('hnsw.iterative_scan', 'strict_order', true)"
)


# As much of a record as a shelf shows. Without a vector nothing is near.
BESIDE = f"""
WITH own AS MATERIALIZED (SELECT vector FROM {TABLE} WHERE record_id = %s)
SELECT record.id, title, volume, contributors, ndc, language
FROM {TABLE} meaning JOIN catalog_record record ON record.id = meaning.record_id
WHERE EXISTS (SELECT FROM own) AND record.deleted_at IS NULL AND record.id <> %s
ORDER BY meaning.vector <=> (SELECT vector FROM own) LIMIT %s
"""  # noqa: S608


class Hit(NamedTuple):
    """A record's id, and its phrases nearest to the question, the nearest first."""

    record: int
    reasons: list[str]


def nearest(vector: str, *, for_children: bool, available: bool) -> list[Hit]:
    """Return the records nearest to a vector, the nearest first. Raises Unanswered without table.

    `for_children` and `available` (something of it is on a shelf) limit them.
    """
    try:
        with transaction.atomic(), planned_for_its_parameters() as cursor:
            cursor.execute(_SESSION)
            sql = statement(for_children=for_children, available=available)
            cursor.execute(sql, {"vector": vector, "on_shelf": ItemState.ON_SHELF.value})
            return [Hit(*row) for row in cursor.fetchall()]
    except ProgrammingError:
        raise Unanswered from None


def beside(record: Record, most: int) -> list[Record]:
    """Return the records nearest to one; [] where it has no vector, or no process answers.

    The process's being there says that the table is, and costs a page nothing.
    """
    if not client.available():
        return []
    try:
        with transaction.atomic():
            return list(Record.objects.raw(BESIDE, [record.pk, record.pk, most]))
    except ProgrammingError:
        return []


def statement(*, for_children: bool, available: bool) -> str:
    """Return the statement of `nearest`; its parameters are `vector` and `on_shelf`."""
    limits = " AND record.for_children" if for_children else ""
    if available:
        limits += (
            " AND EXISTS (SELECT FROM catalog_item item"
            " WHERE item.record_id = record.id AND item.state = %(on_shelf)s)"
        )
    return f"""
WITH near AS MATERIALIZED (
    SELECT meaning.record_id, meaning.phrases, meaning.vectors,
        meaning.vector <=> %(vector)s::halfvec({DIMENSIONS}) AS distance
    FROM {TABLE} meaning JOIN catalog_record record ON record.id = meaning.record_id
    WHERE record.deleted_at IS NULL{limits}
    ORDER BY distance LIMIT {SHOWN}
)
SELECT record_id, ARRAY(
    SELECT said.phrase FROM unnest(phrases, vectors) AS said (phrase, vector)
    ORDER BY said.vector <=> %(vector)s::halfvec({DIMENSIONS}) LIMIT {REASONS}
) FROM near ORDER BY distance, record_id
"""  # noqa: S608
