"""Ending an announcement; what staff write or delete is stored and recorded by their pages."""

from django.db import transaction
from django.utils import timezone

from announcements import board
from announcements.models import Announcement
from audit.enums import Event
from audit.services import record


@transaction.atomic
def end_now(*, announcement_id: int) -> bool:
    """Let an announcement that has begun end at this moment; tell whether there was one."""
    now = timezone.now()
    found = Announcement.objects.filter(pk=announcement_id, begins_at__lt=now, ends_at__gt=now)
    if not found.update(ends_at=now):
        return False
    record(
        Event.ANNOUNCEMENT_CHANGED,
        object_type="announcements.announcement",
        object_id=announcement_id,
        reason="ended",
        fields=["ends_at"],
    )
    transaction.on_commit(board.renew)
    return True
