"""When records were changed, so that whoever asks what changed since the last time misses nothing.

An import dates its records, and numbers its items, before others can see them. Whoever asked
between the two would be told of nothing, and later ask only for what is newer. So the time is taken
under a lock that lasts until the commit: while it is held, nobody is told what has changed. Both
times are the database's.
"""

from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

MERGE_LOCK = (0x0174_0003, 1)


def date_of_import(cursor: CursorWrapper) -> datetime:
    """Return the time of this transaction's changes; it is to commit soon."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", MERGE_LOCK)
    cursor.execute("SELECT clock_timestamp()")
    return cursor.fetchone()[0]


def settled_at() -> datetime | None:
    """Return a time: what is dated before it can be seen from now on; None while an import ends."""
    with connection.cursor() as cursor:
        # The transaction's time comes before the look at the lock, as it has to.
        cursor.execute("SELECT now(), pg_try_advisory_xact_lock_shared(%s, %s)", MERGE_LOCK)
        now, is_settled = cursor.fetchone()
    return now if is_settled else None
