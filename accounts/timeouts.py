"""How long a login lasts: its idle and its absolute time-out, as pure functions; staff's less."""

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


def idle_timeout(*, is_staff: bool = False) -> timedelta:
    minutes = settings.STAFF_SESSION_IDLE_MINUTES if is_staff else settings.SESSION_IDLE_MINUTES
    return timedelta(minutes=minutes)


def absolute_timeout(*, is_staff: bool = False) -> timedelta:
    hours = settings.STAFF_SESSION_ABSOLUTE_HOURS if is_staff else settings.SESSION_ABSOLUTE_HOURS
    return timedelta(hours=hours)


def ends_at(*, logged_in_at: datetime, last_seen_at: datetime, is_staff: bool = False) -> datetime:
    """Return when a login ends by itself, if it is not used again."""
    idle, absolute = idle_timeout(is_staff=is_staff), absolute_timeout(is_staff=is_staff)
    return min(last_seen_at + idle, logged_in_at + absolute)


def is_over(
    *, logged_in_at: datetime, last_seen_at: datetime, now: datetime, is_staff: bool = False
) -> bool:
    """Return whether a login has ended, or was begun or used by a clock that was ahead."""
    is_to_come = max(logged_in_at, last_seen_at) > now + CLOCK_SKEW
    ends = ends_at(logged_in_at=logged_in_at, last_seen_at=last_seen_at, is_staff=is_staff)
    return is_to_come or now >= ends


def time_left(
    *, logged_in_at: datetime, last_seen_at: datetime, now: datetime, is_staff: bool = False
) -> TimeLeft:
    """Return the time a login has left, in whole seconds, rounded up."""
    idle = last_seen_at + idle_timeout(is_staff=is_staff) - now
    absolute = logged_in_at + absolute_timeout(is_staff=is_staff) - now
    return TimeLeft(ceil(idle.total_seconds()), ceil(absolute.total_seconds()))
