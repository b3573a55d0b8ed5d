"""Reads of applications."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patrons.errors import InvalidInput
from patrons.models import Patron
from patrons.normalize import email_key, normalize_digits, normalize_kana
from registration.enums import CLOSED_STATES, OPEN_STATES, VERIFIED_STATES
from registration.enums import ApplicationState as State

SEARCHED = (
    (normalize_kana, ("last_name_kana", "first_name_kana")),
    (normalize_digits, ("phone",)),
    (email_key, ("email",)),
)


class ApplicationQuerySet(models.QuerySet):
    """Applications."""

    def draft(self, application_id: UUID | str | None) -> "models.Model | None":
        """Return the application while it is in the applicant's hands, else None."""
        if not application_id:
            return None
        return self.filter(
            pk=application_id, state__in=OPEN_STATES, expires_at__gt=timezone.now()
        ).only_one()

    def outcome(self, application_id: UUID | str | None) -> "models.Model | None":
        """Return the application with its patron once it was registered, refused or put aside."""
        if not application_id:
            return None
        return (
            self.select_related("patron")
            .filter(pk=application_id, state__in=(State.REGISTERED, State.REFUSED, State.REVIEW))
            .only_one()
        )

    def only_one(self) -> "models.Model | None":
        """Return what a primary key found; `first()` would spend as long again on an order."""
        return next(iter(self[:1]), None)

    def locked(self, application_id: UUID | str) -> "models.Model":
        """Return the application with its row locked until the transaction ends."""
        return self.select_for_update(of=("self",)).get(pk=application_id)

    def matching(self, query: str) -> "ApplicationQuerySet":
        """Applications found by what staff typed: of a patron found so, or of an open application.

        Width, script and hyphens do not matter, as for patrons.
        """
        found = Q(patron__in=Patron.objects.matching(query)) | Q(name__contains=query)
        for normalize, columns in SEARCHED:
            try:
                value = normalize(query)
            except InvalidInput:
                continue
            for column in columns:
                found |= Q(**{f"{column}__icontains": value})
        return self.filter(found)

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
