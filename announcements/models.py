"""What staff announce to residents, and what cannot be begun meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from announcements.kinds import KINDS, Begun, Place, period

AHEAD = timedelta(days=1)


class Announcement(models.Model):
    """One announcement: of a kind (`announcements.kinds`), from `begins_at` until `ends_at`.

    It is shown from a day ahead. An empty sentence stands for the kind's own. Nothing in it is
    about a person.
    """

    kind = models.CharField(
        _("種類"), max_length=30, choices=[(name, kind.label) for name, kind in KINDS.items()]
    )
    sentence = models.CharField(_("説明"), max_length=200, blank=True)
    begins_at = models.DateTimeField(_("開始"), default=timezone.now)
    ends_at = models.DateTimeField(_("終了"))

    class Meta:
        verbose_name = verbose_name_plural = _("緊急・受付停止・点検のお知らせ")
        ordering = ("-begins_at", "-pk")
        constraints = (
            models.CheckConstraint(
                name="announcement_ends_after_its_beginning",
                condition=models.Q(ends_at__gt=models.F("begins_at")),
                violation_error_message=_("終了は、開始より後の日時にしてください。"),
            ),
        )
        indexes = (models.Index(fields=["ends_at"], name="announcement_ends_at"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.begins_at):%Y-%m-%d %H:%M}"

    def has_begun(self, now: datetime) -> bool:
        return self.begins_at <= now < self.ends_at

    def is_ahead(self, now: datetime) -> bool:
        """Return whether it is announced before its beginning."""
        return now < self.begins_at <= now + AHEAD

    def is_shown(self, place: Place, now: datetime) -> bool:
        return place in KINDS[self.kind].places and (self.has_begun(now) or self.is_ahead(now))

    def stops(self, what: Begun, now: datetime) -> bool:
        return what in KINDS[self.kind].stops and self.has_begun(now)

    def banner(self, now: datetime) -> dict[str, Any]:
        """Return what residents read; `title` says in one sentence what and until when."""
        kind, begun = KINDS[self.kind], self.begins_at <= now
        words = kind.now if begun else kind.ahead
        title = words.format(period=period(self.begins_at, self.ends_at, now))
        return {"title": title, "sentence": self.sentence or kind.sentence, "begun": begun}
