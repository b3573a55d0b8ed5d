"""Requests for a new password, and the stop of them."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mylibrary.expiring import ExpiringQuerySet
from patrons.models import Patron
from patrons.normalize import MAX_EMAIL_LENGTH, MAX_PATRON_NUMBER_LENGTH

RESET_LASTS = timedelta(minutes=30)


def reset_expiry() -> datetime:
    return timezone.now() + RESET_LASTS


class ResetRequestQuerySet(ExpiringQuerySet):
    """Requests for a new password."""

    def unanswered(self) -> Self:
        """Those that the worker has still to look at."""
        return self.current().filter(answered_at=None)

    def of_patron(self, patron: Patron) -> Self:
        """Those that were found to be a patron's, or name the number."""
        return self.filter(models.Q(patron=patron) | models.Q(number=patron.number))

    def usable(self, request_id: uuid.UUID | str | None) -> Self:
        """The one that a link speaks of, while it can be used."""
        return self.current().filter(pk=request_id, patron__isnull=False, used_at=None)


class ResetRequest(models.Model):
    """Somebody's request for a mail by which a forgotten password is replaced.

    `number` and `email_key` are what was typed, until the worker has looked whom they fit: then
    only the patron stays, who is nobody where they fit nobody.
    """

    id = models.UUIDField(_("申し込みID"), primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("利用者番号"), max_length=MAX_PATRON_NUMBER_LENGTH, blank=True)
    email_key = models.CharField("E-mail", max_length=MAX_EMAIL_LENGTH, blank=True)
    patron = models.ForeignKey(
        Patron,
        verbose_name=_("利用者"),
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("申し込み日時"), default=timezone.now)
    expires_at = models.DateTimeField(_("期限"), default=reset_expiry)
    answered_at = models.DateTimeField(_("確かめた日時"), null=True, blank=True)
    used_at = models.DateTimeField(_("使用日時"), null=True, blank=True)

    objects = ResetRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("パスワードの再設定の申し込み")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(answered_at=None) | models.Q(number="", email_key=""),
                name="reset_request_answered_holds_nothing_typed",
            ),
            models.CheckConstraint(
                condition=models.Q(patron=None) | models.Q(answered_at__isnull=False),
                name="reset_request_patron_was_looked_up",
            ),
        )
        indexes = (models.Index(fields=("expires_at",), name="reset_request_expires"),)

    def __str__(self) -> str:
        return str(self.pk)


class ResetStop(models.Model):
    """That no link to a new password is mailed for a patron, because the mailbox may be another's.

    Said by the patron, whose card was read just now, or by `staff` who know who it is.
    """

    patron = models.OneToOneField(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="reset_stop"
    )
    stopped_at = models.DateTimeField(_("停止した日時"), default=timezone.now)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("職員"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = _("E-mailでのパスワード再設定の停止")
        default_permissions = ()
        permissions = (("decide_resetstop", _("E-mailでのパスワード再設定を停止・再開できる")),)

    def __str__(self) -> str:
        return str(self.pk)
