"""Whose turn it is: which worker runs a test, and that one which measures a rate runs alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from xdist.scheduler import LoadScopeScheduling

TAKEN = "TEST_TURN_TAKEN"
COMMITTING = {"live_server", "transactional_db"}
# What one fixture makes for all tests of these would otherwise be made by each worker.
OF_ONE_WORKER = {
    "tests/catalog/test_meaning.py",
    "tests/catalog/test_plans.py",
    "tests/demo/test_demo.py",
    "tests/platform/test_hanging_database.py",
    "tests/platform/test_nginx.py",
    "tests/platform/test_workers.py",
    "tests/project/test_deployment.py",
}
# One demo for nearly all of these; the first looks for its words in all that was logged.
ON_THE_DEMO = {
    "tests/journey/test_faults.py",
    "tests/journey/test_manual.py",
    "tests/journey/test_second_device.py",
}


def in_order(items: list[pytest.Item]) -> None:
    """Put the longest tests first, and then those that leave their worker's database as it was.

    The others empty it, and most tests rely on its first rows. At the end, the other workers would
    wait for a long one.
    """

    def turn_of(item: pytest.Item) -> tuple[int, str]:
        fixtures = set(getattr(item, "fixturenames", ()))
        asked = item.get_closest_marker("django_db")
        commits = bool(fixtures & COMMITTING or (asked and asked.kwargs.get("transaction")))
        file = item.nodeid.partition("::")[0]
        if file in ON_THE_DEMO:
            return 0, file
        if file in OF_ONE_WORKER:
            return 2, file
        return (3 if commits or item.get_closest_marker("database") is None else 1), ""

    items.sort(key=turn_of)


class Scheduler(LoadScopeScheduling):
    """Give each worker that is free the next test, or all of a file or of the demo."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in ON_THE_DEMO:
            return "demo"
        return file if file in OF_ONE_WORKER else nodeid


@contextmanager
def turn(alone: bool) -> Iterator[None]:
    """Wait for the workers beside this one: for all of them, or only for one that is alone.

    Who waits for the room keeps the door shut, or the others would come and go for ever. A test
    that a test runs is in the room already, and must not wait before the door.
    """
    if os.environ.get(TAKEN):
        yield
        return
    folder = settings.BASE_DIR / "var"
    folder.mkdir(exist_ok=True)
    with (
        (folder / "test-door.lock").open("w") as door,
        (folder / "test-room.lock").open("w") as room,
    ):
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        os.environ[TAKEN] = "1"
        try:
            yield
        finally:
            del os.environ[TAKEN]
