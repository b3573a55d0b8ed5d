"""What staff announce to residents, and what cannot be begun meanwhile."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from announcements.kinds import KINDS

MAXIMUM_SENTENCE = 200


class AnnouncementQuerySet(models.QuerySet):
    """Announcements."""

    def not_over(self, now: datetime) -> Self:
        """Announcements that are shown now or will be, the earliest first."""
        return self.filter(ends_at__gt=now).order_by("begins_at", "pk")


class Announcement(models.Model):
    """One announcement: of a kind (`announcements.kinds`), from `begins_at` until `ends_at`.

    It is shown from a day ahead. An empty sentence stands for the kind's own. Nothing in it is
    about a person.
    """

    kind = models.CharField(
        "種類", max_length=30, choices=[(name, kind.label) for name, kind in KINDS.items()]
    )
    sentence = models.CharField("説明", max_length=MAXIMUM_SENTENCE, blank=True)
    begins_at = models.DateTimeField("開始", default=timezone.now)
    ends_at = models.DateTimeField("終了")

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "受付停止・点検のお知らせ"
        ordering = ("-begins_at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="announcement_ends_after_its_beginning",
                condition=models.Q(ends_at__gt=models.F("begins_at")),
                violation_error_message="終了は、開始より後の日時にしてください。",
            ),
        )
        indexes = (models.Index(fields=["ends_at"], name="announcement_ends_at"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.begins_at):%Y-%m-%d %H:%M}"
