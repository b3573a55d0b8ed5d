"""Every write of an announcement, each of them recorded."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from announcements import board
from announcements.models import Announcement
from audit.enums import Event
from audit.services import record


@transaction.atomic
def post(*, announcement: Announcement, fields: Iterable[str]) -> None:
    """Store a new announcement, or what was changed of one (names of `fields`)."""
    reason = "added" if announcement._state.adding else "changed"
    announcement.save()
    _record(announcement, reason, fields)


@transaction.atomic
def end_now(*, announcement_id: int) -> bool:
    """Let an announcement that has begun end at this moment; tell whether there was one."""
    now = timezone.now()
    found = Announcement.objects.select_for_update().filter(
        pk=announcement_id, begins_at__lt=now, ends_at__gt=now
    )
    announcement = found.first()
    if announcement is None:
        return False
    announcement.ends_at = now
    announcement.save(update_fields=["ends_at"])
    _record(announcement, "ended", ["ends_at"])
    return True


@transaction.atomic
def take_down(*, announcement: Announcement) -> None:
    """Delete an announcement that has not begun."""
    _record(announcement, "deleted", ())
    announcement.delete()


def _record(announcement: Announcement, reason: str, fields: Iterable[str]) -> None:
    record(
        Event.ANNOUNCEMENT_CHANGED,
        object_type="announcements.announcement",
        object_id=announcement.pk,
        reason=reason,
        fields=fields,
    )
    transaction.on_commit(board.renew)
