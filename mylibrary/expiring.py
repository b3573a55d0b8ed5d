"""Rows that have an end."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW

Row = TypeVar("Row", bound=models.Model)


class ExpiringQuerySet(models.QuerySet[Row]):
    """Rows with a beginning, `created_at`, and an end, `expires_at`.

    What is still to begin was written by a clock that was ahead, and would last too long.
    """

    def current(self) -> Self:
        """Rows whose time is not over."""
        now = timezone.now()
        return self.filter(expires_at__gt=now, created_at__lte=now + CLOCK_SKEW)

    def expired(self, now: datetime) -> Self:
        """Rows whose time is over, or still to begin."""
        to_begin = models.Q(created_at__gt=now + CLOCK_SKEW)
        return self.filter(models.Q(expires_at__lte=now) | to_begin)
