"""Shelves and what stands on them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, Count, Deferrable, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Item, OfRecordQuerySet, Record
from patrons.models import Patron

MAXIMUM_SHELVES = 20
MAXIMUM_ENTRIES = 500
MAXIMUM_NAME = 40
MAXIMUM_NOTE = 500


class Order(models.TextChoices):
    """In which order a shelf is looked at; only the first is stored."""

    OWN = "own", _("自分で決めた順")
    NEWEST = "newest", _("入れた日の新しい順")
    TITLE = "title", _("書名の順")


class ShelfQuerySet(models.QuerySet["Shelf"]):
    """Shelves."""

    def of(self, patron: Patron) -> Self:
        """A patron's, the oldest first: it takes what is put on no other."""
        return self.filter(patron=patron).order_by("pk")

    def counted(self) -> Self:
        """Each with the number of its entries, `count`."""
        return self.annotate(count=Count("entries"))


class Shelf(models.Model):
    """A patron's shelf (本棚). The first is made by what is first put on it, and has no name."""

    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="shelves"
    )
    name = models.CharField(_("本棚の名前"), max_length=MAXIMUM_NAME, blank=True)
    created_at = models.DateTimeField(_("作った日時"), default=timezone.now)

    objects = ShelfQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("My本棚")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("patron", "name"), name="shelf_name_once_per_patron"),
        ]

    # No title and no name of a shelf stands where an object is written out.
    def __str__(self) -> str:
        return f"{self._meta.label_lower} {self.pk}"

    @property
    def label(self) -> str:
        return self.name or default_label()


def default_label() -> str:
    """Return what the shelf without a name is called, before it is there, too."""
    return gettext("読みたい本")


class ShelfEntryQuerySet(OfRecordQuerySet["ShelfEntry"]):
    """What stands on shelves."""

    def of(self, patron: Patron) -> Self:
        """A patron's, shelf by shelf as they stand there."""
        return self.filter(shelf__patron=patron).order_by("shelf_id", "position")

    def with_record(self) -> Self:
        """Each with its record, and its shelf."""
        return super().with_record().select_related("shelf")

    def with_items(self) -> Self:
        """Each record with its items and their branches."""
        items = Item.objects.select_related("branch").order_by("branch__order", "pk")
        return self.prefetch_related(models.Prefetch("record__items", items))

    def in_order(self, order: Order) -> Self:
        if order is Order.NEWEST:
            return self.order_by("-added_at", "-pk")
        if order is Order.TITLE:
            read = Case(
                When(~Q(record__title_reading=""), then=F("record__title_reading")),
                default=F("record__title"),
            )
            return self.order_by(read, "record__title", "record__volume", "pk")
        return self.order_by("position")


class ShelfEntry(models.Model):
    """A record on a shelf, with the patron's note; positions count from 1 without a gap."""

    shelf = models.ForeignKey(
        Shelf, verbose_name=_("本棚"), on_delete=models.CASCADE, related_name="entries"
    )
    # A record that the library gave away stays as a row, and so does its entry. Without an index:
    # nobody asks who has a record.
    record = models.ForeignKey(
        Record,
        verbose_name=_("資料"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    position = models.PositiveIntegerField(_("順番"))
    note = models.TextField(_("メモ"), blank=True)
    added_at = models.DateTimeField(_("入れた日時"), default=timezone.now)

    objects = ShelfEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("My本棚の資料")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("shelf", "record"), name="shelf_entry_record_once"),
            # Several change places in one statement.
            models.UniqueConstraint(
                fields=("shelf", "position"),
                name="shelf_entry_position_once",
                deferrable=Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.label_lower} {self.pk}"
