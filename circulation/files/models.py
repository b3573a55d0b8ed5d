"""What a library system has told by files, and what was asked of it for patrons."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from catalog.models import (
    MAXIMUM_CONTROL_NUMBER,
    MAXIMUM_ITEM_NUMBER,
    OfRecordQuerySet,
    Record,
)
from circulation.enums import Refusal, Standing
from patrons.models import Patron

# Longer than any library system takes for an answer.
LATE_AFTER = timedelta(days=1)


class SnapshotState(models.TextChoices):
    LOADED = "loaded", _("取り込み済み")
    REFUSED = "refused", _("取り込めない")


class Loaded(NamedTuple):
    """A snapshot that was taken over."""

    pk: int
    sequence: int
    as_of: datetime
    seen_at: datetime


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def last_loaded(self) -> Loaded | None:
        """The last that was taken over."""
        loaded = self.filter(state=SnapshotState.LOADED).order_by("-sequence")
        row = loaded.values_list(*Loaded._fields).first()
        return Loaded._make(row) if row else None

    def refused_since_loaded(self) -> Self:
        """Those that could not be taken over since the last that was."""
        refused = self.filter(state=SnapshotState.REFUSED)
        last = self.last_loaded()
        return refused.filter(seen_at__gt=last.seen_at) if last else refused


class Snapshot(models.Model):
    """Files that belong together, told apart by the name and digest of their manifest.

    `as_of` is when they were true. `counts` has of each file its `rows` and those `wrong`, and what
    became of the stored rows; `examples` the first wrong lines, as number and code. `reason` says
    why they were refused; the words are in `circulation.files.words`.
    """

    name = models.CharField(_("ファイル名"), max_length=255)
    digest = models.CharField(max_length=64, editable=False)
    sequence = models.BigIntegerField(_("通し番号"), null=True)
    as_of = models.DateTimeField(_("データの日時"), null=True)
    state = models.CharField(_("状態"), max_length=10, choices=SnapshotState)
    reason = models.CharField(_("理由"), max_length=40, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    counts = models.JSONField(_("件数"), default=dict)
    examples = models.JSONField(default=dict)
    seen_at = models.DateTimeField(_("確認日時"), default=timezone.now)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("貸出システムからのデータ")
        ordering = ("-seen_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "digest"], name="snapshot_once"),
            models.UniqueConstraint(
                fields=["sequence"],
                condition=Q(state=SnapshotState.LOADED),
                name="snapshot_loaded_once",
            ),
            models.CheckConstraint(
                condition=Q(state=SnapshotState.REFUSED)
                | Q(sequence__isnull=False, as_of__isnull=False),
                name="snapshot_loaded_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PatronStanding(models.Model):
    """What the library system says of a patron with a login; a row means that it knows the number.

    Without one, nothing is known of what is lent to the patron.
    """

    patron = models.OneToOneField(
        Patron, verbose_name=_("利用者"), on_delete=models.PROTECT, related_name="standing"
    )
    standing = models.CharField(_("貸出システムでの状態"), max_length=10, choices=Standing)

    class Meta:
        verbose_name = verbose_name_plural = _("貸出システムでの状態")

    def __str__(self) -> str:
        return self.get_standing_display()


class RequestedAct(models.TextChoices):
    """What may be asked of a library system, as `circulation.port.Capability` names it."""

    REQUEST = "request", _("予約")
    RENEW = "renew", _("貸出の延長")
    CANCEL = "cancel", _("予約の取り消し")
    CHANGE_PICKUP = "change_pickup", _("受取館の変更")
    SUSPEND = "suspend", _("予約の休止")


class RequestOutcome(models.TextChoices):
    DONE = "done", _("手続き済み")
    REFUSED = "refused", _("できない")
    GONE = "gone", _("貸出か予約が終わった")


class LibraryRequestQuerySet(OfRecordQuerySet["LibraryRequest"]):
    def open(self) -> Self:
        """Those that are not decided, in the order in which they were asked."""
        return self.filter(settled_at=None).order_by("pk")

    def late(self, now: datetime) -> Self:
        """Those that have waited for an answer for too long."""
        return self.open().filter(asked_at__lt=now - LATE_AFTER)

    def of(self, patron: Patron) -> Self:
        return self.filter(patron=patron).order_by("pk")

    def named(self, keys: Iterable[uuid.UUID]) -> Self:
        return self.filter(key__in=keys)


class LibraryRequest(models.Model):
    """Something that a patron asks of the library system; `key` is what files call it by.

    `item_number` names the loan, `hold_number` the hold, `record` what is to be held. `due_before`
    is the due date that a renewal is to put off. `refusal` is why it was not done.
    """

    key = models.UUIDField(_("申込番号"), default=uuid.uuid4, unique=True, editable=False)
    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.PROTECT, related_name="library_requests"
    )
    act = models.CharField(_("申し込みの内容"), max_length=16, choices=RequestedAct)
    item_number = models.CharField(_("資料番号"), max_length=MAXIMUM_ITEM_NUMBER, blank=True)
    hold_number = models.CharField(
        _("貸出システムの予約番号"), max_length=MAXIMUM_CONTROL_NUMBER, blank=True
    )
    record = models.ForeignKey(
        Record,
        verbose_name=_("書誌"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,  # No way leads from a title to who wants it.
    )
    pickup = models.ForeignKey(
        Branch,
        verbose_name=_("受取館"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    until = models.DateField(_("休止の最後の日"), null=True, blank=True)
    due_before = models.DateField(null=True, blank=True, editable=False)
    asked_at = models.DateTimeField(_("申込日時"), default=timezone.now)
    written_at = models.DateTimeField(_("貸出システムへ送った日時"), null=True, blank=True)
    settled_at = models.DateTimeField(_("決まった日時"), null=True, blank=True)
    outcome = models.CharField(_("結果"), max_length=10, choices=RequestOutcome, blank=True)
    refusal = models.CharField(_("できない理由"), max_length=20, choices=Refusal, blank=True)
    note = models.TextField(_("職員のメモ"), blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("記録した職員"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    objects = LibraryRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("貸出システムへの申し込み")
        ordering = ("-pk",)
        permissions = (("settle_libraryrequest", _("貸出システムへの申し込みの結果を記録できる")),)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patron", "act", "item_number", "hold_number", "record"],
                condition=Q(settled_at=None),
                nulls_distinct=False,
                name="library_request_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, outcome="")
                | Q(settled_at__isnull=False) & ~Q(outcome=""),
                name="library_request_settled",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patron", "id"], name="library_request_of_patron"),
            models.Index(
                fields=["asked_at"], condition=Q(settled_at=None), name="library_request_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)
