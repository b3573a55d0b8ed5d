"""予約かご, and the branch that a patron chose last."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from catalog.models import OfRecordQuerySet, Record
from patrons.models import Patron

MAXIMUM_ENTRIES = 30


class BasketEntryQuerySet(OfRecordQuerySet["BasketEntry"]):
    """What lies in baskets."""

    def of(self, patron: Patron) -> Self:
        """A patron's, in the order in which it was put there."""
        return self.filter(patron=patron).order_by("pk")


class BasketEntry(models.Model):
    """A work that a patron means to hold."""

    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="basket"
    )
    record = models.ForeignKey(
        Record, verbose_name=_("書誌"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    added_at = models.DateTimeField(_("入れた日時"), default=timezone.now)

    objects = BasketEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("予約かご")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("patron", "record"), name="basket_record_once"),
        ]

    # No title stands where an object is written out.
    def __str__(self) -> str:
        return str(self.pk)


class PickupChoice(models.Model):
    """Where a patron fetched a hold last: offered the next time."""

    patron = models.OneToOneField(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="pickup_choice"
    )
    branch = models.ForeignKey(
        Branch, verbose_name=_("受取館"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = _("前に選んだ受取館")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
