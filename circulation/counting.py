"""How often a record is lent and held, counted by day and without anybody."""

from datetime import date

from django.db import connection
from django.db.models import F

from circulation.models import DayCount

_COUNT = """
INSERT INTO circulation_daycount AS counted (record_id, day, loans, holds)
VALUES (%s, %s, %s, %s)
ON CONFLICT (day, record_id)
DO UPDATE SET loans = counted.loans + excluded.loans, holds = counted.holds + excluded.holds
"""


def count(*, record_id: int, day: date, loans: int = 0, holds: int = 0) -> None:
    """Count a loan or a hold, in the caller's transaction, which has locked the record."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [record_id, day, loans, holds])


def uncount_hold(*, record_id: int, day: date) -> None:
    """Take back the count of a hold that was cancelled, else one patron alone could make many.

    In the caller's transaction, which has locked the record.
    """
    counted = DayCount.objects.filter(record=record_id, day=day, holds__gt=0)
    if not counted.filter(loans=0, holds=1).delete()[0]:
        counted.update(holds=F("holds") - 1)
