"""How long a login lasts: its idle and its absolute time-out, as pure functions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings

# What lies further ahead than the clocks of our machines differ was written by one that was wrong.
CLOCK_SKEW = timedelta(minutes=2)


def is_recent(moment: datetime, *, within: timedelta, now: datetime) -> bool:
    """Return whether a moment is less than `within` ago; one that is still to come is not."""
    return -CLOCK_SKEW <= now - moment < within


@dataclass(frozen=True)
class TimeLeft:
    """Seconds until a login ends: if nothing more is done, and whatever is done."""

    idle: int
    absolute: int


def idle_timeout() -> timedelta:
    return timedelta(minutes=settings.SESSION_IDLE_MINUTES)


def absolute_timeout() -> timedelta:
    return timedelta(hours=settings.SESSION_ABSOLUTE_HOURS)


def ends_at(*, logged_in_at: datetime, last_seen_at: datetime) -> datetime:
    """Return when a login ends by itself, if it is not used again."""
    return min(last_seen_at + idle_timeout(), logged_in_at + absolute_timeout())


def is_over(*, logged_in_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Return whether a login has ended, or was begun or used by a clock that was ahead."""
    is_to_come = max(logged_in_at, last_seen_at) > now + CLOCK_SKEW
    return is_to_come or now >= ends_at(logged_in_at=logged_in_at, last_seen_at=last_seen_at)


def time_left(*, logged_in_at: datetime, last_seen_at: datetime, now: datetime) -> TimeLeft:
    """Return the time a login has left, in whole seconds, rounded up."""
    idle = last_seen_at + idle_timeout() - now
    absolute = logged_in_at + absolute_timeout() - now
    return TimeLeft(ceil(idle.total_seconds()), ceil(absolute.total_seconds()))
