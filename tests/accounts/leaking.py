"""What leaks out of login buckets while a test goes on."""

from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

from django.db.models import F

from accounts.models import LoginBucket


def let_pass(time: timedelta) -> None:
    """Let so much time have passed for every bucket."""
    LoginBucket.objects.update(free_at=F("free_at") - time)


def tries(count: int) -> Iterator[int]:
    """Count up; however slow the machine is, no time passes for the buckets from the second on.

    The first is not looked at: only in the middle of it does its bucket begin to leak.
    """
    began = None
    for number in range(count):
        yield number
        now = monotonic()
        if began is not None:
            let_pass(timedelta(seconds=began - now))
        began = now
