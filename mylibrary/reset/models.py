"""Requests for a new password, and the stop of them."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from mylibrary.reset.querysets import ResetRequestQuerySet
from patrons.models import Patron
from patrons.normalize import MAX_EMAIL_LENGTH, MAX_PATRON_NUMBER_LENGTH

RESET_LASTS = timedelta(minutes=30)


def reset_expiry() -> datetime:
    return timezone.now() + RESET_LASTS


class ResetRequest(models.Model):
    """Somebody's request for a mail by which a forgotten password is replaced.

    `number` and `email_key` are what was typed, until the worker has looked whom they fit: then
    only the patron stays, who is nobody where they fit nobody.
    """

    id = models.UUIDField("申し込みID", primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField("利用者番号", max_length=MAX_PATRON_NUMBER_LENGTH, blank=True)
    email_key = models.CharField("E-mail", max_length=MAX_EMAIL_LENGTH, blank=True)
    patron = models.ForeignKey(
        Patron,
        verbose_name="利用者",
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField("申し込み日時", default=timezone.now)
    expires_at = models.DateTimeField("期限", default=reset_expiry)
    answered_at = models.DateTimeField("確かめた日時", null=True, blank=True)
    used_at = models.DateTimeField("使用日時", null=True, blank=True)

    objects = ResetRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "パスワードの再設定の申し込み"
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
