"""Leaky buckets in PostgreSQL: how often one thing may be done, over all processes and machines.

A bucket's whole state is one time: `free_at`, when all of it has leaked out. A try adds one
interval to it; one that would overfill a bucket adds nothing to any. Only the database's clock is
asked; should it have been ahead, a bucket is at most full afterwards.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts.models import LoginBucket
from audit.enums import Event
from audit.services import record

# No bucket takes longer to leak out.
LONGEST_ROOM = timedelta(days=2)
# Named so before the machinery had a module of its own; another name would forget every bucket.
_SALT = "accounts.throttle"


@dataclass(frozen=True)
class Limit:
    """`burst` tries at once, and after those one more per `interval`."""

    burst: int
    interval: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) < self.room <= LONGEST_ROOM:
            raise ValueError(f"a full bucket must leak out within {LONGEST_ROOM}")

    @property
    def room(self) -> timedelta:
        """How far ahead of now `free_at` of a full bucket is."""
        return self.interval * self.burst


@dataclass(frozen=True)
class Bucket:
    """One limit on one thing, named by an HMAC; `kind` is what the record calls the limit."""

    key: str
    limit: Limit
    kind: str = field(default="", compare=False)


def bucket(kind: str, value: str, limit: Limit) -> Bucket:
    return Bucket(keyed(kind, value), limit, kind)


def keyed(kind: str, value: str) -> str:
    """Return the name of one thing, from which nobody without our key can tell what it is."""
    return salted_hmac(_SALT, f"{kind}:{value}", algorithm="sha256").hexdigest()


def reserve(buckets: Sequence[Bucket]) -> timedelta | None:
    """Like `count`; return how long to wait for the fullest bucket, None where the try counts."""
    full = count(buckets)
    return refuse(full) if full else None


def refuse(full: Mapping[Bucket, timedelta]) -> timedelta:
    """Return how long to wait for all of some full buckets, and record that it was so."""
    longest = max(full, key=full.__getitem__)
    record(Event.THROTTLED, reason=longest.kind)
    return full[longest]


def count(buckets: Sequence[Bucket]) -> dict[Bucket, timedelta]:
    """Count one try in every bucket; if some are full, in none, and return how long each stays so.

    Must not run inside a transaction, whose rollback would take the count back.
    """
    # Always in the same order, so that two tries cannot wait for each other's rows.
    ordered = sorted(buckets, key=lambda bucket: bucket.key)
    rows = ", ".join(["(%s, clock_timestamp() + %s, %s, %s)"] * len(ordered))
    values: list[Any] = []
    for each in ordered:
        values += [each.key, each.limit.interval, each.limit.interval, each.limit.room]
    blocks = connection.atomic_blocks
    if blocks and not getattr(blocks[-1], "_from_testcase", False):  # as `durable` has it
        raise RuntimeError("a rollback of this transaction would take the count back")
    # A single bucket needs no transaction: if full, it is left as it was.
    several = len(ordered) > 1
    with transaction.atomic() if several else nullcontext(), connection.cursor() as cursor:
        cursor.execute(_RESERVE.format(rows=rows), values)
        admitted = {key for (key,) in cursor.fetchall()}
        full = {bucket.key: bucket for bucket in ordered if bucket.key not in admitted}
        if not full:
            return {}
        if several:
            # One full bucket must not fill the others: whoever goes on would close the login.
            transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [list(full), [bucket.limit.room for bucket in full.values()]])
        used = dict(cursor.fetchall())
    waits = {}
    for key, found in full.items():
        wait = used.get(key, timedelta(0)) + found.limit.interval - found.limit.room
        waits[found] = max(wait, timedelta(seconds=1))
    return waits


# A row that is full is locked and left as it is, and not returned.
_RESERVE = """
WITH try (key, fresh, one, room) AS (VALUES {rows})
INSERT INTO accounts_loginbucket AS bucket (key, free_at)
SELECT key, fresh FROM try
ON CONFLICT (key) DO UPDATE
SET free_at = GREATEST(bucket.free_at, clock_timestamp())
    + (SELECT one FROM try WHERE try.key = bucket.key)
WHERE GREATEST(bucket.free_at, clock_timestamp())
    + (SELECT one - room FROM try WHERE try.key = bucket.key) <= clock_timestamp()
RETURNING key
"""

# Whatever is fuller than full was written by a clock that was ahead, and is full from now on.
_WAITS = """
WITH full_one AS (SELECT * FROM unnest(%s::text[], %s::interval[]) AS full_one (key, room)),
overfull AS (
    SELECT bucket.key, room FROM accounts_loginbucket AS bucket JOIN full_one USING (key)
    WHERE free_at > clock_timestamp() + room ORDER BY bucket.key FOR UPDATE OF bucket
),
mended AS (
    UPDATE accounts_loginbucket AS bucket SET free_at = clock_timestamp() + room
    FROM overfull WHERE overfull.key = bucket.key
)
SELECT bucket.key, LEAST(free_at - clock_timestamp(), room)
FROM accounts_loginbucket AS bucket JOIN full_one USING (key)
"""


def release(buckets: Sequence[Bucket]) -> None:
    """Empty the first bucket after a success, and give the others this try back."""
    first, *others = buckets
    give_back(others, emptied=first.key)


def give_back(buckets: Sequence[Bucket], *, emptied: str = "") -> None:
    """Give every bucket this try back, and empty the one with the key `emptied`."""
    intervals = {bucket.key: bucket.limit.interval for bucket in buckets}
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [list(intervals), list(intervals.values()), emptied])


# The rows are locked in the order in which `count` takes them.
_RELEASE = """
WITH back AS (SELECT * FROM unnest(%s::text[], %s::interval[]) AS back (key, one)),
locked AS (
    SELECT key FROM accounts_loginbucket
    WHERE key = %s OR key IN (SELECT key FROM back) ORDER BY key FOR UPDATE
)
UPDATE accounts_loginbucket AS bucket
SET free_at = COALESCE(free_at - (SELECT one FROM back WHERE back.key = bucket.key), 'epoch')
FROM locked WHERE locked.key = bucket.key
"""


def delete_empty_buckets() -> int:
    """Delete the rows that limit nothing any more, or that no limit can have written.

    Returns how many. The latter are a clock's that was ahead, and might stay for years.
    """
    impossible = Q(free_at__gt=Now() + LONGEST_ROOM)
    return LoginBucket.objects.filter(Q(free_at__lt=Now()) | impossible).delete()[0]
