"""The queue after its clock was a day ahead."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat

import pytest
from django.db import connection

from notices.management.commands import worker
from notices.tasks import bring_back_postponed


@pytest.mark.django_db
def test_nothing_in_the_queue_waits_for_tomorrow():
    with connection.cursor() as cursor:
        for wait in ("1 day", "20 minutes"):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)"
                " VALUES ('default', 'x', '{}', now() + %s::interval)",
                [wait],
            )
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + %s::interval)",
                [wait],
            )
            cursor.execute(
                "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)"
                " VALUES ('x', extract(epoch FROM now() + %s::interval)::bigint)",
                [wait],
            )
        assert bring_back_postponed.func(timestamp=0) == 3
        cursor.execute(
            "SELECT count(*) FILTER (WHERE scheduled_at <= now()), count(*) FROM procrastinate_jobs"
        )
        assert cursor.fetchone() == (1, 2)
    assert bring_back_postponed.func(timestamp=0) == 0


def test_a_clock_that_goes_back_is_noticed_and_one_that_is_adjusted_is_not(monkeypatch):
    # An hour's nudges, a leap ahead, and back again.
    moments = chain([1000.0, 1000.5, 999.0, 5000.0], repeat(1000.0))
    looks = []

    def at_this_look() -> float:
        looks.append(next(moments))
        return looks[-1]

    monkeypatch.setattr(worker, "LOOK_EVERY_SECONDS", 0)
    monkeypatch.setattr(worker, "time", at_this_look)
    monkeypatch.setattr(worker, "monotonic", lambda: 0.0)
    # In a thread of its own: the browser of other tests leaves an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(asyncio.wait_for(worker.has_gone_back(), 10))).result()
    assert looks == [1000.0, 1000.5, 999.0, 5000.0, 1000.0]
