"""Reads of addresses that are still to be confirmed."""

from typing import Self, TypeVar
from uuid import UUID

from django.db import models

from mylibrary.expiring import ExpiringQuerySet
from patrons.models import Patron

Row = TypeVar("Row", bound=models.Model)


class EmailConfirmationQuerySet(ExpiringQuerySet[Row]):
    """Addresses to be confirmed."""

    def of(self, patron: Patron) -> Self:
        """The patron's, in time or not."""
        return self.filter(patron=patron)

    def waiting_for(self, patron: Patron) -> Row | None:
        """The address that a patron has still to confirm, if there is one."""
        return self.current().of(patron).first()

    def mailed(self, confirmation_id: UUID | str | None) -> Row | None:
        """The one that a link speaks of, while it can be confirmed."""
        return self.current().filter(pk=confirmation_id).select_related("patron").first()
