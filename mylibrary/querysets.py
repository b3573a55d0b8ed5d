"""Reads of what My Library keeps between two steps."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils import timezone

from mylibrary.enums import OfferPurpose
from patrons.models import Patron


class ExpiringQuerySet(models.QuerySet):
    """Rows with an end, `expires_at`."""

    def current(self) -> "ExpiringQuerySet":
        """Rows whose time is not over."""
        return self.filter(expires_at__gt=timezone.now())

    def expired(self, now: datetime) -> "ExpiringQuerySet":
        """Rows whose time is over."""
        return self.filter(expires_at__lte=now)


class LinkOfferQuerySet(ExpiringQuerySet):
    """Offers to link a card."""

    def open(self, offer_id: str | None, purpose: OfferPurpose) -> "LinkOfferQuerySet":
        """The offer of that id, made for that purpose, while it can be taken."""
        if not offer_id:
            return self.none()
        return self.current().filter(pk=offer_id, purpose=purpose, tries_left__gt=0)

    def of_subject(self, issuer: str, subject: str) -> "LinkOfferQuerySet":
        """Offers to whoever holds one card."""
        return self.filter(issuer=issuer, subject=subject)


class EmailConfirmationQuerySet(ExpiringQuerySet):
    """Addresses to be confirmed."""

    def of(self, patron: Patron) -> "EmailConfirmationQuerySet":
        """The patron's, in time or not."""
        return self.filter(patron=patron)

    def waiting_for(self, patron: Patron) -> models.Model | None:
        """The address that a patron has still to confirm, if there is one."""
        return self.current().of(patron).first()

    def mailed(self, confirmation_id: UUID | None) -> models.Model | None:
        """The one that a link speaks of, while it can be confirmed."""
        return self.current().filter(pk=confirmation_id).select_related("patron").first()


class ResetRequestQuerySet(ExpiringQuerySet):
    """Wishes for a new password."""

    def unanswered(self) -> "ResetRequestQuerySet":
        """Those that the worker has still to look at."""
        return self.current().filter(answered_at=None)

    def usable(self, request_id: UUID | None) -> "ResetRequestQuerySet":
        """The one that a link speaks of, while it can be used."""
        return self.current().filter(pk=request_id, patron__isnull=False, used_at=None)
