from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from announcements import board
from announcements.models import Announcement


@pytest.fixture
def announce(db) -> Callable[..., Announcement]:
    """Return `announce(kind, begins, ends, sentence)`, in hours from now; pages know it."""

    def make(kind: str, begins: float = -1, ends: float = 2, sentence: str = "") -> Announcement:
        now = timezone.now()
        announcement = Announcement.objects.create(
            kind=kind,
            sentence=sentence,
            begins_at=now + timedelta(hours=begins),
            ends_at=now + timedelta(hours=ends),
        )
        board.read()
        return announcement

    return make
