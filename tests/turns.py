"""Whose turn it is: a test that measures a rate runs while no other test does."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

TAKEN = "TEST_TURN_TAKEN"


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
