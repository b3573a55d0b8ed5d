"""The records' pages for search engines, in parts of so many numbers: nothing is counted.

A sitemap may have 50,000 addresses (https://www.sitemaps.org/protocol.html).
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from catalog.models import Record

NUMBERS_PER_PART = 2000
# From the first record to the first of the next part, and so on: one look into an index for each.
_PARTS = """
WITH RECURSIVE part (number) AS (
    (SELECT id / %(size)s FROM catalog_record WHERE deleted_at IS NULL ORDER BY id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT id / %(size)s FROM catalog_record
        WHERE deleted_at IS NULL AND id >= (part.number + 1) * %(size)s ORDER BY id LIMIT 1
    ) FROM part WHERE part.number IS NOT NULL
)
SELECT number FROM part WHERE number IS NOT NULL
"""


def parts() -> list[int]:
    """Return the parts that have a record."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, {"size": NUMBERS_PER_PART})
        return [number for (number,) in cursor.fetchall()]


def records(part: int) -> Iterator[tuple[int, datetime]]:
    """Yield the records of a part, with the time of their last change."""
    begin = part * NUMBERS_PER_PART
    found = Record.objects.present().filter(pk__gte=begin, pk__lt=begin + NUMBERS_PER_PART)
    yield from found.order_by("pk").values_list("pk", "updated_at")
