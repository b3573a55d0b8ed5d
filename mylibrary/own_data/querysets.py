"""Reads of requests for erasure, and of the purpose of use that was shown."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models

from mylibrary.own_data.enums import ErasureState
from patrons.models import Patron

Row = TypeVar("Row", bound=models.Model)


class PrivacyNoticeShownQuerySet(models.QuerySet):
    """Versions of the purpose of use that patrons were shown."""

    def of_patron(self, patron: Patron) -> Self:
        """A patron's, the newest first."""
        return self.filter(patron=patron).order_by("-shown_at", "-pk")


class ErasureRequestQuerySet(models.QuerySet[Row]):
    """Requests for erasure."""

    def open(self) -> Self:
        """Requests that wait for the staff."""
        return self.filter(state=ErasureState.OPEN)

    def of_patron(self, patron: Patron) -> Self:
        """A patron's requests, the newest first."""
        return self.filter(patron=patron).order_by("-requested_at", "-pk")

    def open_of(self, patron: Patron) -> Row | None:
        """Return the patron's request that waits for the staff."""
        return self.of_patron(patron).open().first()

    def closed_before(self, moment: datetime) -> Self:
        """Requests closed before a moment."""
        return self.exclude(state=ErasureState.OPEN).filter(closed_at__lt=moment)
