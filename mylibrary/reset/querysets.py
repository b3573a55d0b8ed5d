"""Reads of requests for a new password."""

from typing import Self
from uuid import UUID

from django.db import models

from mylibrary.expiring import ExpiringQuerySet
from patrons.models import Patron


class ResetRequestQuerySet(ExpiringQuerySet):
    """Requests for a new password."""

    def unanswered(self) -> Self:
        """Those that the worker has still to look at."""
        return self.current().filter(answered_at=None)

    def of_patron(self, patron: Patron) -> Self:
        """Those that were found to be a patron's, or name the number."""
        return self.filter(models.Q(patron=patron) | models.Q(number=patron.number))

    def usable_of(self, patron: Patron) -> Self:
        """Those by which a patron's password may still be set."""
        return self.filter(patron=patron, used_at=None)

    def usable(self, request_id: UUID | str | None) -> Self:
        """The one that a link speaks of, while it can be used."""
        return self.current().filter(pk=request_id, patron__isnull=False, used_at=None)
