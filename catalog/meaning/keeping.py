"""The vectors kept in step with the catalogue: what waits is embedded, what is gone goes.

A row says of which state of its record it is (`updated_at`), and is written as a whole: whatever
ends the process, the next one goes on where it was. A record that the model cannot take is left out
until it changes, or another process begins.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from math import isfinite

from django.db import connection, transaction

from catalog.meaning.embedding import Vector, mean, unit, written
from catalog.meaning.phrases import phrases
from catalog.meaning.table import TABLE
from catalog.models import Record

logger = logging.getLogger(__name__)

# Rows are looked for rarely, and written by the dozen: a commit costs more than a row.
LOOKED_FOR, WRITTEN = 2000, 20
# Subjects come again and again.
REMEMBERED = 20_000

Row = tuple[int, datetime, str, list[str], list[str]]


class Keeper:
    """Embeds what waits; `embed` returns the vector of one text that may be found."""

    def __init__(self, embed: Callable[[str], Vector]) -> None:
        self._embed = lru_cache(REMEMBERED)(embed)
        self._left_out: dict[int, datetime] = {}

    def keep_up(self) -> Iterator[int]:
        """Do all that waits now; yield how many records were done each time some are stored."""
        _forget_gone()
        while waiting := _waiting(self._left_out):
            for start in range(0, len(waiting), WRITTEN):
                records = Record.objects.present().in_bulk(waiting[start : start + WRITTEN])
                rows = [row for record in records.values() if (row := self._tried(record))]
                _store(rows)
                yield len(rows)

    def _tried(self, record: Record) -> Row | None:
        """Return a record's row; None where the model fails, whatever its reason."""
        try:
            return self._row(record)
        except Exception:
            logger.exception("A record could not be embedded", extra={"record": record.pk})
            self._left_out[record.pk] = record.updated_at
            return None

    def _row(self, record: Record) -> Row:
        said = phrases(record)
        vectors = [self._embed(one.text) for one in said]
        texts, weights = zip(*said, strict=True)
        weighted = [
            [value * weight for value in vector]
            for vector, weight in zip(vectors, weights, strict=True)
        ]
        whole = unit(mean(weighted))
        if not isfinite(sum(whole)):
            raise ValueError("no vector")
        return record.pk, record.updated_at, written(whole), [*texts], [*map(written, vectors)]


def _waiting(left_out: dict[int, datetime]) -> list[int]:
    """Return records without a vector, or with one of an earlier state: the newest first.

    Those of `left_out` are not among them as long as they are what they were then.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT record.id FROM catalog_record record LEFT JOIN {TABLE} meaning"  # noqa: S608
            " ON meaning.record_id = record.id AND meaning.updated_at = record.updated_at"
            " WHERE record.deleted_at IS NULL AND meaning.record_id IS NULL"
            " AND NOT EXISTS (SELECT FROM unnest(%s::bigint[], %s::timestamptz[])"
            " AS left_out (id, updated_at) WHERE left_out.id = record.id"
            " AND left_out.updated_at = record.updated_at)"
            " ORDER BY record.id DESC LIMIT %s",
            [[*left_out.keys()], [*left_out.values()], LOOKED_FOR],
        )
        return [record for (record,) in cursor.fetchall()]


def _forget_gone() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} meaning WHERE NOT EXISTS (SELECT FROM catalog_record record"  # noqa: S608
            " WHERE record.id = meaning.record_id AND record.deleted_at IS NULL)"
        )


def _store(rows: list[Row]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for row in rows:
            cursor.execute(
                f"INSERT INTO {TABLE} (record_id, updated_at, vector, phrases, vectors)"  # noqa: S608
                " VALUES (%s, %s, %s::halfvec, %s::text[], %s::text[]::halfvec[])"
                " ON CONFLICT (record_id) DO UPDATE SET updated_at = excluded.updated_at,"
                " vector = excluded.vector, phrases = excluded.phrases, vectors = excluded.vectors",
                row,
            )
