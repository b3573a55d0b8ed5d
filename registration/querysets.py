"""Reads of applications."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils import timezone

from registration.enums import CLOSED_STATES, OPEN_STATES, VERIFIED_STATES
from registration.enums import ApplicationState as State


class ApplicationQuerySet(models.QuerySet):
    """Applications."""

    def draft(self, application_id: UUID | str | None) -> "models.Model | None":
        """Return the application while it is in the applicant's hands, else None."""
        if not application_id:
            return None
        return self.filter(
            pk=application_id, state__in=OPEN_STATES, expires_at__gt=timezone.now()
        ).first()

    def outcome(self, application_id: UUID | str | None) -> "models.Model | None":
        """Return the application with its patron once it was registered, refused or put aside."""
        if not application_id:
            return None
        return (
            self.select_related("patron")
            .filter(pk=application_id, state__in=(State.REGISTERED, State.REFUSED, State.REVIEW))
            .first()
        )

    def locked(self, application_id: UUID | str) -> "models.Model":
        """Return the application with its row locked until the transaction ends."""
        return self.select_for_update(of=("self",)).get(pk=application_id)

    def of_person(self, issuer: str, subject: str) -> "ApplicationQuerySet":
        """Applications of one verified person whose identity is still kept."""
        return self.filter(issuer=issuer, subject=subject)

    def verified_drafts(self) -> "ApplicationQuerySet":
        """Drafts that carry an identity."""
        return self.filter(state__in=VERIFIED_STATES)

    def in_review(self) -> "ApplicationQuerySet":
        """Applications that wait for the staff."""
        return self.filter(state=State.REVIEW)

    def due(self, now: datetime) -> "ApplicationQuerySet":
        """Applications that are past their time and not closed yet."""
        return self.exclude(state__in=CLOSED_STATES).filter(expires_at__lte=now)
