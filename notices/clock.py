"""A clock that was ahead and is right again: what it has planned for the queue is planned anew."""

import asyncio
from datetime import timedelta
from time import monotonic, time
from typing import Any

from django.db import connection

LOOK_EVERY_SECONDS = 10
NOTICEABLE_SECONDS = 60
# Longer than a task of ours waits for its next try.
LONGEST_WAIT: Any = timedelta(hours=1)

_STATEMENTS = (
    "UPDATE procrastinate_jobs SET scheduled_at = now()"
    " WHERE status = 'todo' AND scheduled_at > now() + %s",
    # Else a worker that was killed meanwhile counts as alive, and its jobs as being done.
    "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE last_heartbeat > now() + %s",
    # Else the periodic task of that moment does not run when it comes.
    "DELETE FROM procrastinate_periodic_defers WHERE to_timestamp(defer_timestamp) > now() + %s",
)


async def has_gone_back() -> None:
    """Return once this machine's clock has gone back: procrastinate waits for it to catch up."""
    ahead = time() - monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        before, ahead = ahead, time() - monotonic()
        if before - ahead > NOTICEABLE_SECONDS:
            return


def bring_back() -> int:
    """Let nothing in the queue wait for what a clock ahead has planned; return how much did."""
    count = 0
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement, [LONGEST_WAIT])
            count += cursor.rowcount
    return count
