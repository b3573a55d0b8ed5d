"""Reads of what My Library keeps between two steps, and of what patrons ask for."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW
from mylibrary.enums import ErasureState, KanaState, OfferPurpose
from patrons.models import Patron


class ExpiringQuerySet(models.QuerySet):
    """Rows with a beginning, `created_at`, and an end, `expires_at`.

    What is still to begin was written by a clock that was ahead, and would last too long.
    """

    def current(self) -> "ExpiringQuerySet":
        """Rows whose time is not over."""
        now = timezone.now()
        return self.filter(expires_at__gt=now, created_at__lte=now + CLOCK_SKEW)

    def expired(self, now: datetime) -> "ExpiringQuerySet":
        """Rows whose time is over, or still to begin."""
        to_begin = models.Q(created_at__gt=now + CLOCK_SKEW)
        return self.filter(models.Q(expires_at__lte=now) | to_begin)


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

    def of_patron(self, patron: Patron) -> "LinkOfferQuerySet":
        """Offers to link a card to a patron."""
        return self.filter(patron=patron)


class PurposeShownQuerySet(models.QuerySet):
    """Versions of the purpose of use that patrons were shown."""

    def of_patron(self, patron: Patron) -> "PurposeShownQuerySet":
        """A patron's, the newest first."""
        return self.filter(patron=patron).order_by("-shown_at", "-pk")


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

    def of_patron(self, patron: Patron) -> "ResetRequestQuerySet":
        """Those that were found to be a patron's, or name the number."""
        return self.filter(models.Q(patron=patron) | models.Q(number=patron.number))

    def usable_of(self, patron: Patron) -> "ResetRequestQuerySet":
        """Those by which a patron's password may still be set."""
        return self.filter(patron=patron, used_at=None)

    def usable(self, request_id: UUID | None) -> "ResetRequestQuerySet":
        """The one that a link speaks of, while it can be used."""
        return self.current().filter(pk=request_id, patron__isnull=False, used_at=None)


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
