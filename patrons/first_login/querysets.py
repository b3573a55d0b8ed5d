"""Reads of codes of a first login."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW
from patrons.first_login.enums import TRIES

# Codes stay for a day, used or not, because the mails of a day are counted by them.
KEPT = timedelta(days=1)


class FirstLoginCodeQuerySet(models.QuerySet):
    """Codes of a first login.

    One that is still to be made was made by a clock that was ahead: it is over.
    """

    def of(self, patron: models.Model) -> Self:
        """A patron's codes."""
        return self.filter(patron=patron)

    def not_ended(self) -> Self:
        """Codes that were neither used nor replaced, in time or not."""
        return self.filter(ended_at=None)

    def live(self) -> Self:
        """Codes that may still be tried."""
        left = models.Q()
        for kind, tries in TRIES.items():
            left |= models.Q(kind=kind, tries__lt=tries)
        now = timezone.now()
        return self.not_ended().filter(left, expires_at__gt=now, made_at__lte=now + CLOCK_SKEW)

    def of_last_day(self) -> Self:
        """Codes made within 24 hours."""
        now = timezone.now()
        return self.filter(made_at__gt=now - KEPT, made_at__lte=now + CLOCK_SKEW)

    def over(self, now: datetime) -> Self:
        """Codes that can be deleted."""
        done = models.Q(ended_at__isnull=False) | models.Q(expires_at__lte=now)
        to_come = models.Q(made_at__gt=now + CLOCK_SKEW)
        return self.filter(to_come | models.Q(done, made_at__lte=now - KEPT))
