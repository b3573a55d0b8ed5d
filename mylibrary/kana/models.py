"""Requests for another kana, and what staff decided."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patrons.models import Patron
from patrons.normalize import MAX_KANA_LENGTH


class KanaState(models.TextChoices):
    """Where a patron's request for another kana stands."""

    REQUESTED = "requested", _("確認待ち")
    APPROVED = "approved", _("変更した")
    DECLINED = "declined", _("変更しない")
    CANCELLED = "cancelled", _("取り消し")


class KanaRequestQuerySet(models.QuerySet["KanaRequest"]):
    """Requests for another kana."""

    def waiting(self) -> Self:
        """Those that wait for the staff."""
        return self.filter(state=KanaState.REQUESTED)

    def closed(self) -> Self:
        """Those that were decided or taken back."""
        return self.exclude(state=KanaState.REQUESTED)

    def of_patron(self, patron: Patron) -> Self:
        """A patron's, the newest first."""
        return self.filter(patron=patron).order_by("-requested_at", "-pk")

    def waiting_of(self, patron: Patron) -> "KanaRequest | None":
        """A patron's own one that waits."""
        return self.waiting().filter(patron=patron).first()


class KanaRequest(models.Model):
    """A patron's request that the kana of the name be another, and what staff decided.

    `*_before` is the kana on record when it was asked for. A row that is no longer `requested` is a
    record: a trigger refuses any change. It goes with its patron.
    """

    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="kana_requests"
    )
    last_name_before = models.CharField(_("前の姓"), max_length=MAX_KANA_LENGTH, blank=True)
    first_name_before = models.CharField(_("前の名"), max_length=MAX_KANA_LENGTH, blank=True)
    last_name_kana = models.CharField(_("新しい姓"), max_length=MAX_KANA_LENGTH)
    first_name_kana = models.CharField(_("新しい名"), max_length=MAX_KANA_LENGTH, blank=True)
    requested_at = models.DateTimeField(_("申し込み日時"), default=timezone.now)
    state = models.CharField(
        _("状況"), max_length=10, choices=KanaState, default=KanaState.REQUESTED, editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("職員"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    decided_at = models.DateTimeField(_("終了日時"), null=True, blank=True)
    note = models.TextField(_("メモ"), blank=True)

    objects = KanaRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("名前カタカナの変更")
        default_permissions = ("view",)
        permissions = (("decide_kanarequest", _("名前カタカナの変更を決定できる")),)
        constraints = (
            models.UniqueConstraint(
                fields=("patron",),
                condition=Q(state=KanaState.REQUESTED),
                name="kana_request_one_waiting_per_patron",
            ),
            models.CheckConstraint(
                condition=Q(state=KanaState.REQUESTED, decided_at=None, decided_by=None)
                | Q(state=KanaState.CANCELLED, decided_at__isnull=False, decided_by=None)
                | Q(
                    state__in=(KanaState.APPROVED, KanaState.DECLINED),
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="kana_request_decided_by_whom_it_says",
            ),
        )
        indexes = (
            models.Index(
                fields=("requested_at", "id"),
                condition=Q(state=KanaState.REQUESTED),
                name="kana_request_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.pk}"

    @property
    def before(self) -> tuple[str, str]:
        """Family and given name in kana when the change was asked for."""
        return (self.last_name_before, self.first_name_before)

    @property
    def wanted(self) -> tuple[str, str]:
        """Family and given name in kana as they are to be."""
        return (self.last_name_kana, self.first_name_kana)

    @property
    def full_name_kana(self) -> str:
        """The wanted kana as one text, with one U+3000 between."""
        return "\u3000".join(filter(None, self.wanted))
