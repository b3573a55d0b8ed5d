"""A card that was read, and the patron that it may be linked to."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mylibrary.expiring import ExpiringQuerySet
from patrons.models import Patron

OFFER_LASTS = timedelta(minutes=15)
PHONE_TRIES = 5


def default_expiry() -> datetime:
    return timezone.now() + OFFER_LASTS


class OfferPurpose(models.TextChoices):
    """What a card was read for when no link was found yet."""

    LOGIN = "login", _("ログイン")
    RECOVER = "recover", _("番号の確認")


class LinkOfferQuerySet(ExpiringQuerySet):
    def open(self, offer_id: uuid.UUID | str | None, purpose: OfferPurpose) -> Self:
        """The offer of that id, made for that purpose, while it can be taken."""
        of_it = self.current().filter(pk=offer_id, purpose=purpose, tries_left__gt=0)
        return of_it.filter(patron__withheld_at=None)


class LinkOffer(models.Model):
    """A card that was read, and the patron it may be linked to once its holder says so.

    Holds no claim but the subject. Where the card's address is not the patron's, `phone_needed`:
    the person has to know the number that the library has, within `tries_left` tries.
    """

    id = models.UUIDField(_("申し出ID"), primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(_("目的"), max_length=10, choices=OfferPurpose)
    issuer = models.CharField(_("発行者"), max_length=255)
    subject = models.CharField(_("識別子"), max_length=255)
    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="+"
    )
    phone_needed = models.BooleanField(_("電話番号の確認"))
    privacy_version = models.CharField(_("示した利用目的の版"), max_length=20, db_default="")
    tries_left = models.PositiveSmallIntegerField(_("残りの回数"), default=PHONE_TRIES)
    created_at = models.DateTimeField(_("作成日時"), default=timezone.now)
    expires_at = models.DateTimeField(_("期限"), default=default_expiry)

    objects = LinkOfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("マイナンバーカードとの連携の申し出")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(purpose__in=OfferPurpose.values), name="link_offer_purpose_known"
            ),
        )
        indexes = (models.Index(fields=("expires_at",), name="link_offer_expires"),)

    def __str__(self) -> str:
        return str(self.pk)
