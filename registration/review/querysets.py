"""Reads of applications in review."""

from datetime import datetime
from typing import Self

from django.apps import apps
from django.db.models import OuterRef, Subquery

from registration.application.querysets import ApplicationQuerySet


class ReviewCaseQuerySet(ApplicationQuerySet):
    """Applications that are or were in review."""

    def cases(self) -> Self:
        """Every case, each with `last_verdict`: what staff decided last."""
        decisions = apps.get_model("registration", "ReviewDecision")._default_manager
        last = decisions.filter(application=OuterRef("pk")).order_by("-at", "-pk")
        begun = self.filter(review_since__isnull=False)
        return begun.annotate(last_verdict=Subquery(last.values("verdict")[:1]))

    def ending_before(self, moment: datetime) -> Self:
        """Cases that wait, and whose time is over by then."""
        return self.in_review().filter(expires_at__lte=moment)

    def waiting_since(self, moment: datetime) -> Self:
        """Cases that have waited at least since then."""
        return self.in_review().filter(review_since__lte=moment)
