"""Reads of the offers to link a card."""

from typing import Self
from uuid import UUID

from mylibrary.expiring import ExpiringQuerySet
from mylibrary.mynumber.enums import OfferPurpose
from patrons.models import Patron


class LinkOfferQuerySet(ExpiringQuerySet):
    """Offers to link a card."""

    def open(self, offer_id: UUID | str | None, purpose: OfferPurpose) -> Self:
        """The offer of that id, made for that purpose, while it can be taken."""
        if not offer_id:
            return self.none()
        return self.current().filter(pk=offer_id, purpose=purpose, tries_left__gt=0)

    def of_subject(self, issuer: str, subject: str) -> Self:
        """Offers to whoever holds one card."""
        return self.filter(issuer=issuer, subject=subject)

    def of_patron(self, patron: Patron) -> Self:
        """Offers to link a card to a patron."""
        return self.filter(patron=patron)
