"""Loans and holds, what the library has laid down about them, and counts without anybody.

A loan is deleted when its item comes back, a hold when it is fetched or cancelled: what was read is
kept for nobody but who asked for it (`ReadingHistory`).
"""

from datetime import date
from typing import ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import (
    Case,
    Count,
    F,
    OuterRef,
    Q,
    Subquery,
    When,
    Window,
)
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from catalog.models import (
    MAXIMUM_CONTROL_NUMBER,
    MAXIMUM_ITEM_NUMBER,
    Item,
    ItemState,
    Material,
    OfRecordQuerySet,
    Record,
)
from circulation.enums import OPEN_HOLDS, HoldState, Refusal
from circulation.files.models import LibraryRequest, PatronStanding, Snapshot
from circulation.lending_rules import Policy
from circulation.querysets import DUE_UNTOLD, HOLD_UNTOLD, WAITS_AGAIN, HoldQuerySet, LoanQuerySet
from patrons.models import Patron

__all__ = [
    "DayCount",
    "EndedHold",
    "HistoryChoice",
    "Hold",
    "LendingPolicy",
    "LibraryRequest",
    "Loan",
    "OverdueLoan",
    "PatronStanding",
    "RankedRecord",
    "ReadingHistory",
    "Snapshot",
    "WantedItem",
]

# Django's own four say nothing of these.
OF_LOANS = (
    ("lend_loan", _("資料を貸し出し、返却を受け、予約棚を扱える")),
    ("count_loan", _("利用者の貸出と予約の数を見られる")),
)
_DAYS = [MinValueValidator(1), MaxValueValidator(366)]


class LendingPolicyQuerySet(models.QuerySet):
    def current(self) -> Policy:
        """What the library has laid down; the defaults where it has not."""
        row = self.values(*Policy.__dataclass_fields__).first()
        return Policy(**row) if row else Policy()


class LendingPolicy(models.Model):
    """貸出の決まり, as staff keep them: one row. What is empty limits nothing."""

    most_loans = models.PositiveSmallIntegerField(
        _("借りられる冊数"), default=10, null=True, blank=True
    )
    loan_days = models.PositiveSmallIntegerField(
        _("貸出の日数（貸出日の翌日から）"), default=14, validators=_DAYS
    )
    most_renewals = models.PositiveSmallIntegerField(_("延長できる回数"), default=1)
    renewal_days = models.PositiveSmallIntegerField(
        _("延長の日数（申し込んだ日の翌日から）"), default=14, validators=_DAYS
    )
    most_holds = models.PositiveSmallIntegerField(_("予約できる件数"), null=True, blank=True)
    keep_days = models.PositiveSmallIntegerField(
        _("取り置きの日数（用意できた日の翌日から）"), default=7, validators=_DAYS
    )
    overdue_stops_loans_after = models.PositiveSmallIntegerField(
        _("貸出を止める、期限からの日数"), null=True, blank=True
    )
    overdue_stops_renewals = models.BooleanField(_("延滞中は延長しない"), default=False)
    overdue_stops_holds = models.BooleanField(_("延滞中は予約を受け付けない"), default=False)

    objects = LendingPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("貸出の決まり")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="lending_policy_one_row"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class Loan(models.Model):
    """An item that is with a patron; `title` is the library system's where we have no record."""

    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.PROTECT, related_name="loans"
    )
    record = models.ForeignKey(
        Record,
        verbose_name=_("書誌"),
        on_delete=models.PROTECT,
        related_name="loans",
        null=True,
        blank=True,
    )
    item_number = models.CharField(_("資料番号"), max_length=MAXIMUM_ITEM_NUMBER, unique=True)
    title = models.TextField(_("書名"), blank=True)
    material = models.CharField(_("資料の種類"), max_length=12, choices=Material, blank=True)
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("貸出館"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    lent_at = models.DateTimeField(_("貸出日時"), default=timezone.now)
    due = models.DateField(_("返却期限"))
    renewals = models.PositiveSmallIntegerField(_("延長した回数"), default=0)
    # Why a library system does not renew it, where that says so.
    refusal = models.CharField(max_length=20, choices=Refusal, blank=True, editable=False)
    # What the patron was told already: of which due date, and when last that it is over.
    due_told = models.DateField(null=True, blank=True, editable=False)
    overdue_told_on = models.DateField(null=True, blank=True, editable=False)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("貸出")
        verbose_name_plural = _("貸出・返却")
        permissions = OF_LOANS
        ordering = ("due", "pk")
        indexes: ClassVar = [
            models.Index(fields=["patron", "due"], name="loan_of_patron"),
            models.Index(fields=["due", "id"], name="loan_due"),
            models.Index(fields=["due", "id"], condition=DUE_UNTOLD, name="loan_due_untold"),
        ]

    def __str__(self) -> str:
        return self.item_number


class OverdueLoan(Loan):
    """A loan whose item should be back, as the counter lists them."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("延滞している資料")
        default_permissions = ("view",)


class Hold(models.Model):
    """A patron who waits for a record; the queue is the order of the primary keys.

    `number` and `position` are the library system's; with holds of our own they are empty.
    `item_number` is the item that was secured, `shelf_number` its place on the hold shelf, which
    alone stands on the slip. One that ended while its item lies there stays until the item is
    scanned: without its patron where it was cancelled, else with who did not fetch it, who is shown
    it for two weeks (`circulation.retention`).
    """

    patron = models.ForeignKey(
        Patron,
        verbose_name=_("利用者"),
        on_delete=models.PROTECT,
        related_name="holds",
        null=True,
        blank=True,
    )
    record = models.ForeignKey(
        Record,
        verbose_name=_("書誌"),
        on_delete=models.PROTECT,
        related_name="holds",
        null=True,
        blank=True,
    )
    title = models.TextField(_("書名"), blank=True)
    number = models.CharField(
        _("貸出システムの予約番号"), max_length=MAXIMUM_CONTROL_NUMBER, blank=True
    )
    pickup = models.ForeignKey(
        Branch,
        verbose_name=_("受取館"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    state = models.CharField(_("状態"), max_length=10, choices=HoldState, default=HoldState.WAITING)
    position = models.PositiveIntegerField(_("順番"), null=True, blank=True)
    asked_at = models.DateTimeField(_("予約日時"), default=timezone.now)
    suspended_until = models.DateField(_("休止の最後の日"), null=True, blank=True)
    item_number = models.CharField(_("資料番号"), max_length=MAXIMUM_ITEM_NUMBER, blank=True)
    ready_at = models.DateTimeField(_("用意できた日時"), null=True, blank=True)
    keep_until = models.DateField(_("取り置き期限"), null=True, blank=True)
    shelf_number = models.PositiveIntegerField(_("取り置き番号"), null=True, blank=True)
    # The last state that the patron was told of.
    state_told = models.CharField(max_length=10, blank=True, editable=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("予約")
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patron", "record"],
                condition=Q(state__in=OPEN_HOLDS, number="", record__isnull=False),
                name="hold_one_open_per_record",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="hold_number"),
            models.UniqueConstraint(
                fields=["item_number"],
                condition=~Q(item_number="") & ~Q(state=HoldState.EXPIRED),
                name="hold_one_per_item",
            ),
            # Two slips with one number on one shelf would be two patrons' books.
            models.UniqueConstraint(
                fields=["pickup", "shelf_number"],
                condition=Q(state=HoldState.READY),
                name="hold_one_per_shelf_number",
            ),
            models.CheckConstraint(
                condition=Q(state=HoldState.WAITING, item_number="")
                | ~Q(number="")
                | Q(state=HoldState.SECURED) & ~Q(item_number="")
                | Q(state=HoldState.READY, keep_until__isnull=False, ready_at__isnull=False)
                & ~Q(item_number="")
                | Q(state=HoldState.EXPIRED),
                name="hold_has_what_its_state_says",
            ),
            models.CheckConstraint(
                condition=Q(patron__isnull=False) | Q(state=HoldState.EXPIRED),
                name="hold_is_somebodys",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patron", "id"], name="hold_of_patron"),
            models.Index(
                fields=["record", "id"],
                condition=Q(state__in=OPEN_HOLDS),
                name="hold_queue",
            ),
            models.Index(
                fields=["keep_until", "id"],
                condition=Q(state=HoldState.READY),
                name="hold_ready",
            ),
            models.Index(fields=["patron", "id"], condition=HOLD_UNTOLD, name="hold_untold"),
            models.Index(fields=["id"], condition=WAITS_AGAIN, name="hold_waits_again"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.pk}"


class EndedHold(Hold):
    """A hold that ended while its item is kept for it, as the counter lists them."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("予約棚から外す資料")
        default_permissions = ("view",)


class WantedItemQuerySet(models.QuerySet["WantedItem"]):
    def wanted(self, today: date) -> Self:
        """Items on their shelves for which somebody waits: of each record as many as wait.

        Those first that stand where the first of the queue fetches them.
        """
        waits = Hold.objects.in_turn(today)
        queue = waits.filter(record=OuterRef("record"))
        counted = queue.order_by().values("record").annotate(count=Count("pk")).values("count")
        first = Subquery(queue.order_by("pk").values("pickup")[:1])
        on_shelf = self.filter(record__in=waits.values("record"), state=ItemState.ON_SHELF)
        is_elsewhere = Case(When(branch=first, then=0), default=1)
        place = Window(RowNumber(), partition_by="record", order_by=[is_elsewhere, "pk"])
        ranked = on_shelf.annotate(waiting=Subquery(counted), place=place)
        return self.filter(pk__in=ranked.filter(place__lte=F("waiting")).values("pk"))


class WantedItem(Item):
    """An item that staff fetch from its shelf for the hold shelf, as the counter lists them."""

    objects = WantedItemQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("棚から取ってくる資料")
        default_permissions = ("view",)


class HistoryChoice(models.Model):
    """A patron who wants to keep what was read; without a row nothing is kept."""

    patron = models.OneToOneField(
        Patron, verbose_name=_("利用者"), on_delete=models.PROTECT, related_name="history_choice"
    )
    chosen_at = models.DateTimeField(_("選んだ日時"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("読書記録を残す選択")

    def __str__(self) -> str:
        return str(self.pk)


class ReadingHistory(models.Model):
    """What a patron who wants that kept has returned (読書記録); nobody else ever sees it."""

    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.PROTECT, related_name="reading_history"
    )
    record = models.ForeignKey(
        Record,
        verbose_name=_("書誌"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,  # No way leads from a title to who read it.
    )
    title = models.TextField(_("書名"), blank=True)
    lent_on = models.DateField(_("貸出日"))
    returned_on = models.DateField(_("返却日"))

    objects = OfRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("読書記録")
        ordering = ("-returned_on", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["patron", "-returned_on", "-id"], name="history_of_patron"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DayCount(models.Model):
    """How often a record was lent and held on a day, by nobody in particular."""

    record = models.ForeignKey(
        Record, verbose_name=_("書誌"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField(_("日"))
    loans = models.PositiveIntegerField(_("貸出"), default=0)
    holds = models.PositiveIntegerField(_("予約"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("日ごとの貸出・予約の数")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "record"], name="day_count_once"),
            models.CheckConstraint(
                condition=Q(loans__gt=0) | Q(holds__gt=0), name="day_count_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.pk}"


class RankedRecord(models.Model):
    """A place in ベスト貸出 or ベスト予約, as the night made them."""

    class Kind(models.TextChoices):
        LOANS = "loans", _("ベスト貸出")
        HOLDS = "holds", _("ベスト予約")

    kind = models.CharField(_("種類"), max_length=5, choices=Kind)
    place = models.PositiveSmallIntegerField(_("順位"))
    record = models.ForeignKey(
        Record, verbose_name=_("書誌"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = _("ベスト貸出・ベスト予約")
        ordering = ("kind", "place", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "record"], name="ranked_record_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.place}"
