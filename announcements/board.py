"""The board: what is announced now, known to every page without asking the database for it.

A process reads the announcements again when what it knows is older than FRESH_SECONDS, in a thread
of its own, whoever asks. The page that asks waits for it WAIT_SECONDS at most; while the database
hangs, nobody else waits at all, and what was known last stays on the board. When an announcement
begins or ends is the clock's matter, not the database's.
"""

import logging
import threading
from time import monotonic

from django.db import connection
from django.utils import timezone

from announcements.kinds import Begun, Place
from announcements.models import Announcement
from outages.database import patience

logger = logging.getLogger("announcements")

FRESH_SECONDS = 10
WAIT_SECONDS = 0.3

_lock = threading.Lock()
_known: tuple[Announcement, ...] = ()
_read_at: float | None = None
_reading: threading.Thread | None = None
_reading_since = 0.0


def shown(place: Place) -> list[Announcement]:
    """Return what is to be read at a place now: what has begun, then what is ahead of it."""
    now = timezone.now()
    found = [posted for posted in _posted() if posted.is_shown(place, now)]
    return sorted(
        found, key=lambda posted: (not posted.has_begun(now), posted.begins_at, posted.pk)
    )


def stopping(what: Begun) -> list[Announcement]:
    """Return the announcements because of which nobody can begin something now."""
    now = timezone.now()
    return [posted for posted in _posted() if posted.stops(what, now)]


def read() -> None:
    """Read the announcements from the database; the whole process knows them from then on."""
    global _known, _read_at
    _known = tuple(Announcement.objects.filter(ends_at__gt=timezone.now()))
    _read_at = monotonic()


def renew() -> None:
    """Have whoever asks next read the announcements again."""
    global _read_at
    _read_at = None


def _posted() -> tuple[Announcement, ...]:
    global _reading, _reading_since
    if _read_at is not None and monotonic() - _read_at <= FRESH_SECONDS:
        return _known
    with _lock:
        if _reading is None or not _reading.is_alive():
            _reading = threading.Thread(target=_read_apart, name="announcements", daemon=True)
            _reading_since = monotonic()
            _reading.start()
        reading, since = _reading, _reading_since
    reading.join(max(0.0, since + WAIT_SECONDS - monotonic()))
    return _known


def _read_apart() -> None:
    global _read_at
    try:
        # With a request's patience: a reading that hung for good would be the last of this process.
        with patience.of_a_request():
            read()
    except Exception:
        # Whatever it was, pages go on with what was known; the next try is after the usual time.
        logger.warning("announcements not read", extra={"event": "announcements_not_read"})
        _read_at = monotonic()
    finally:
        connection.close()
