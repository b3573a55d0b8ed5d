"""Reads of applications."""

from datetime import datetime, timedelta
from typing import Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone

from characters.text import InvalidInput
from patrons.models import Patron
from patrons.normalize import email_key, normalize_digits, normalize_kana
from registration.application.enums import (
    CLOSED_STATES,
    HINTED_STATES,
    OPEN_STATES,
    VERIFIED_STATES,
)
from registration.application.enums import ApplicationState as State

WARNED_BEFORE = timedelta(days=1)


SEARCHED = (
    (normalize_kana, ("last_name_kana", "first_name_kana")),
    (normalize_digits, ("phone",)),
    (email_key, ("email",)),
)

Row = TypeVar("Row", bound=models.Model)


class ApplicationQuerySet(models.QuerySet[Row]):
    """Applications."""

    def draft(self, application_id: UUID | str | None, *, lock: bool = False) -> Row | None:
        """Return the application while it is in the applicant's hands, else None.

        With `lock` its row is locked until the transaction ends.
        """
        if not application_id:
            return None
        rows = self.select_for_update(of=("self",)) if lock else self
        return rows.filter(
            pk=application_id, state__in=OPEN_STATES, expires_at__gt=timezone.now()
        ).only_one()

    def outcome(self, application_id: UUID | str | None) -> Row | None:
        """Return the application with its patron once it was registered, refused or put aside."""
        if not application_id:
            return None
        return (
            self.select_related("patron")
            .filter(pk=application_id, state__in=(State.REGISTERED, State.REFUSED, State.REVIEW))
            .only_one()
        )

    def only_one(self) -> Row | None:
        """Return what a primary key found; `first()` would spend as long again on an order."""
        return next(iter(self[:1]), None)

    def locked(self, application_id: UUID | str) -> Row:
        """Return the application with its row locked until the transaction ends."""
        return self.select_for_update(of=("self",)).get(pk=application_id)

    def matching(self, query: str) -> Self:
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

    def hinted(self) -> Self:
        """Applications that went on although a patron is as similar as the hint to staff says."""
        return self.filter(state__in=HINTED_STATES).exclude(candidate_ids=[])

    def of_person(self, issuer: str, subject: str) -> Self:
        """Applications of one verified person whose identity is still kept."""
        return self.filter(issuer=issuer, subject=subject)

    def of_patron(self, patron: Patron) -> Self:
        """A patron's applications: the one that made the patron, and open ones by the same card."""
        return self.filter(Q(patron=patron) | _read_from(patron))

    def open_of_patron(self, patron: Patron) -> Self:
        """Applications that a patron's card was read for and that are not closed."""
        return self.filter(_read_from(patron))

    def closed_before(self, moment: datetime) -> Self:
        """Applications closed before a moment that nothing refers to any more.

        One that made a patron is the record of how, for as long as the patron's data are kept; one
        that staff decided on is part of their record.
        """
        nobodys = ~Q(state=State.REGISTERED) | Q(patron__erased_at__isnull=False)
        undecided = self.filter(decision=None, decisions=None)
        return undecided.filter(nobodys, state__in=CLOSED_STATES, expires_at__lt=moment)

    def verified_drafts(self) -> Self:
        """Drafts that carry an identity."""
        return self.filter(state__in=VERIFIED_STATES)

    def in_review(self) -> Self:
        """Applications that wait for the staff."""
        return self.filter(state=State.REVIEW)

    def decided_and_open(self) -> Self:
        """Applications not closed yet on whose address there is a decision already."""
        return self.exclude(state__in=CLOSED_STATES).exclude(residency_reason="")

    def approved(self) -> Self:
        """Applications that staff let go on, while the person may still do so."""
        return self.filter(state=State.APPROVED, expires_at__gt=timezone.now())

    def due(self, now: datetime) -> Self:
        """Applications that are past their time and not closed yet.

        One that waits for the staff is not due before they have known for a day.
        """
        warned = ~Q(state=State.REVIEW) | Q(staff_warned_at__lte=now - WARNED_BEFORE)
        return self.exclude(state__in=CLOSED_STATES).filter(warned, expires_at__lte=now)


def _read_from(patron: Patron) -> Q:
    """Return the condition for applications with the subject of a card linked to a patron.

    A closed application has none.
    """
    found = Q(pk__in=())
    for issuer, subject in patron.identity_links.values_list("issuer", "subject"):
        found |= Q(issuer=issuer, subject=subject)
    return found
