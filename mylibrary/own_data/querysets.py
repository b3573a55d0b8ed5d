"""Reads of requests for erasure, and of the purpose of use that was shown."""

from datetime import datetime

from django.db import models

from mylibrary.own_data.enums import ErasureState
from patrons.models import Patron


class PurposeShownQuerySet(models.QuerySet):
    """Versions of the purpose of use that patrons were shown."""

    def of_patron(self, patron: Patron) -> "PurposeShownQuerySet":
        """A patron's, the newest first."""
        return self.filter(patron=patron).order_by("-shown_at", "-pk")


class ErasureRequestQuerySet(models.QuerySet):
    """Requests for erasure."""

    def open(self) -> "ErasureRequestQuerySet":
        """Requests that wait for the staff."""
        return self.filter(state=ErasureState.OPEN)

    def of_patron(self, patron: Patron) -> "ErasureRequestQuerySet":
        """A patron's requests, the newest first."""
        return self.filter(patron=patron).order_by("-requested_at", "-pk")

    def open_of(self, patron: Patron) -> "models.Model | None":
        """Return the patron's request that waits for the staff."""
        return self.of_patron(patron).open().first()

    def closed_before(self, moment: datetime) -> "ErasureRequestQuerySet":
        """Requests closed before a moment."""
        return self.exclude(state=ErasureState.OPEN).filter(closed_at__lt=moment)
