"""Reads of requests for another kana."""

from django.db import models

from mylibrary.kana.enums import KanaState
from patrons.models import Patron


class KanaChangeQuerySet(models.QuerySet):
    """Wishes for another kana."""

    def waiting(self) -> "KanaChangeQuerySet":
        """Those that wait for the staff."""
        return self.filter(state=KanaState.REQUESTED)

    def closed(self) -> "KanaChangeQuerySet":
        """Those that were decided or taken back."""
        return self.exclude(state=KanaState.REQUESTED)

    def of_patron(self, patron: Patron) -> "KanaChangeQuerySet":
        """A patron's, the newest first."""
        return self.filter(patron=patron).order_by("-requested_at", "-pk")

    def waiting_of(self, patron: Patron) -> "models.Model | None":
        """A patron's own one that waits."""
        return next(iter(self.waiting().of_patron(patron)[:1]), None)
