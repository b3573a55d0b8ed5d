"""The board: what is announced now, known to every page without asking the database for it.

When an announcement begins or ends is the clock's matter, not the database's.
"""

from django.utils import timezone

from announcements.kinds import Begun, Place
from announcements.models import Announcement
from outages.known import Known


def _ask() -> tuple[Announcement, ...]:
    return tuple(Announcement.objects.filter(ends_at__gt=timezone.now()))


POSTED: Known[tuple[Announcement, ...]] = Known("announcements", _ask, ())
read = POSTED.read


def shown(place: Place) -> list[Announcement]:
    """Return what is to be read at a place now: what has begun, then what is ahead of it."""
    now = timezone.now()
    found = [posted for posted in POSTED.now() if posted.is_shown(place, now)]
    return sorted(
        found, key=lambda posted: (not posted.has_begun(now), posted.begins_at, posted.pk)
    )


def stopping(what: Begun) -> list[Announcement]:
    """Return the announcements because of which nobody can begin something now."""
    now = timezone.now()
    return [posted for posted in POSTED.now() if posted.stops(what, now)]
