"""Whose turn it is: which worker runs a test, and that one which measures a rate runs alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from xdist.scheduler import LoadScopeScheduling

TAKEN = "TEST_TURN_TAKEN"
# What one fixture makes for all tests of these would otherwise be made by each worker.
OF_ONE_WORKER = {
    "tests/catalog/test_plans.py",
    "tests/demo/test_demo.py",
    "tests/platform/test_hanging_database.py",
    "tests/platform/test_nginx.py",
    "tests/platform/test_workers.py",
    "tests/project/test_deployment.py",
}


class Scheduler(LoadScopeScheduling):
    """Give each worker that is free the next test, or the next of those files."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
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
