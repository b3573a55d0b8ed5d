"""Reads of requests for another kana."""

from typing import Self, TypeVar

from django.db import models

from mylibrary.kana.enums import KanaState
from patrons.models import Patron

Row = TypeVar("Row", bound=models.Model)


class KanaRequestQuerySet(models.QuerySet[Row]):
    """Requests for another kana."""

    def waiting(self) -> Self:
        """Those that wait for the staff."""
        return self.filter(state=KanaState.REQUESTED)

    def closed(self) -> Self:
        """Those that were decided or taken back."""
        return self.exclude(state=KanaState.REQUESTED)

    def of_patron(self, patron: Patron) -> Self:
        """A patron's, the newest first."""
        return self.filter(patron=patron).order_by("-requested_at", "-pk")

    def waiting_of(self, patron: Patron) -> Row | None:
        """A patron's own one that waits."""
        return next(iter(self.waiting().of_patron(patron)[:1]), None)
