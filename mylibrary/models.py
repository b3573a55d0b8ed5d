"""What My Library keeps between two steps: each row has an end, and is deleted after it."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from mylibrary.enums import OfferPurpose
from mylibrary.querysets import (
    EmailConfirmationQuerySet,
    LinkOfferQuerySet,
    ResetRequestQuerySet,
)
from patrons.models import Patron
from patrons.normalize import MAX_EMAIL_LENGTH, MAX_PATRON_NUMBER_LENGTH

OFFER_LASTS = timedelta(minutes=15)
PHONE_TRIES = 5
CONFIRMATION_LASTS = timedelta(hours=24)
RESET_LASTS = timedelta(minutes=30)


def default_expiry() -> datetime:
    return timezone.now() + OFFER_LASTS


def confirmation_expiry() -> datetime:
    return timezone.now() + CONFIRMATION_LASTS


def reset_expiry() -> datetime:
    return timezone.now() + RESET_LASTS


class LinkOffer(models.Model):
    """A card that was read, and the patron it may be linked to once its holder says so.

    Holds no claim but the subject. Where the card's address is not the patron's, `phone_needed`:
    the person has to know the number that the library has, within `tries_left` tries.
    """

    id = models.UUIDField("申し出ID", primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField("目的", max_length=10, choices=OfferPurpose)
    issuer = models.CharField("発行者", max_length=255)
    subject = models.CharField("識別子", max_length=255)
    patron = models.ForeignKey(
        Patron, verbose_name="利用者", on_delete=models.CASCADE, related_name="+"
    )
    phone_needed = models.BooleanField("電話番号の確認")
    tries_left = models.PositiveSmallIntegerField("残りの回数", default=PHONE_TRIES)
    created_at = models.DateTimeField("作成日時", default=timezone.now)
    expires_at = models.DateTimeField("期限", default=default_expiry)

    objects = LinkOfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "マイナンバーカードとの連携の申し出"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(purpose__in=OfferPurpose.values), name="link_offer_purpose_known"
            ),
        )
        indexes = (models.Index(fields=("expires_at",), name="link_offer_expires"),)

    def __str__(self) -> str:
        return str(self.pk)


class EmailConfirmation(models.Model):
    """An address that a patron has still to show to be theirs, by a link that was mailed to it.

    A new one that is to replace a confirmed one (a pending change), or the one on record.
    """

    id = models.UUIDField("確認ID", primary_key=True, default=uuid.uuid4, editable=False)
    patron = models.OneToOneField(
        Patron,
        verbose_name="利用者",
        on_delete=models.CASCADE,
        related_name="email_confirmation",
    )
    email = models.CharField("E-mail", max_length=MAX_EMAIL_LENGTH)
    created_at = models.DateTimeField("作成日時", default=timezone.now)
    expires_at = models.DateTimeField("期限", default=confirmation_expiry)

    objects = EmailConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "E-mailの確認"
        indexes = (models.Index(fields=("expires_at",), name="email_confirmation_expires"),)

    def __str__(self) -> str:
        return str(self.pk)


class ResetRequest(models.Model):
    """Somebody's wish for a mail by which a forgotten password is replaced.

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
