"""Addresses that are still to be confirmed."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.timeouts import CLOCK_SKEW
from mylibrary.expiring import ExpiringQuerySet
from patrons.models import Patron
from patrons.normalize import MAX_EMAIL_LENGTH

CONFIRMATION_LASTS = timedelta(hours=24)


def confirmation_expiry() -> datetime:
    return timezone.now() + CONFIRMATION_LASTS


class EmailConfirmationQuerySet(ExpiringQuerySet["EmailConfirmation"]):
    """Addresses to be confirmed."""

    def of(self, patron: Patron) -> Self:
        """The patron's, in time or not."""
        return self.filter(patron=patron)

    def mailed(self, confirmation_id: Any) -> "EmailConfirmation | None":
        """The one that a link speaks of, while it can be confirmed."""
        return self.current().filter(pk=confirmation_id).select_related("patron").first()


class EmailConfirmation(models.Model):
    """An address that a patron has still to show to be theirs, by a link that was mailed to it.

    A new one that is to replace a confirmed one (a pending change), or the one on record.
    """

    id = models.UUIDField(_("確認ID"), primary_key=True, default=uuid.uuid4, editable=False)
    patron = models.OneToOneField(
        Patron,
        verbose_name=_("利用者"),
        on_delete=models.CASCADE,
        related_name="email_confirmation",
    )
    email = models.CharField(_("E-mail"), max_length=MAX_EMAIL_LENGTH)
    created_at = models.DateTimeField(_("作成日時"), default=timezone.now)
    expires_at = models.DateTimeField(_("期限"), default=confirmation_expiry)

    objects = EmailConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("E-mailの確認")
        indexes = (models.Index(fields=("expires_at",), name="email_confirmation_expires"),)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_current(self) -> bool:
        """Whether it can still be confirmed, as `ExpiringQuerySet.current` has it."""
        now = timezone.now()
        return self.expires_at > now and self.created_at <= now + CLOCK_SKEW
