"""Requests for erasure, and the purpose of use that was shown."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patrons.models import Patron


class ErasureState(models.TextChoices):
    """Where a request for erasure stands."""

    OPEN = "open", _("受付中")
    CANCELLED = "cancelled", _("本人が取り消し")
    DECLINED = "declined", _("お断り")
    CONFIRMED = "confirmed", _("消去済み")
    LAPSED = "lapsed", _("退会後の期限で消去済み")


DECIDED = (ErasureState.CONFIRMED, ErasureState.DECLINED)


class DeclineReason(models.TextChoices):
    """Why staff do not erase; the patron is told these words."""

    ITEMS_OUT = "items_out", _("返却されていない資料があります")
    COUNTER = "counter", _("窓口で確認したいことがあります")


class PrivacyNoticeShownQuerySet(models.QuerySet):
    def of_patron(self, patron: Patron) -> Self:
        """A patron's, the newest first."""
        return self.filter(patron=patron).order_by("-shown_at", "-pk")


class PrivacyNoticeShown(models.Model):
    """A version of the purpose of use that a patron was shown before giving data in My Library.

    `shown_at` is the first time. What was shown for the registration is at the application.
    """

    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="+"
    )
    version = models.CharField(_("版"), max_length=20)
    shown_at = models.DateTimeField(_("示した日時"), default=timezone.now)

    objects = PrivacyNoticeShownQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("示した利用目的")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("patron", "version"), name="purpose_shown_once_per_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version} {self.pk}"


class ErasureRequestQuerySet(models.QuerySet["ErasureRequest"]):
    def open(self) -> Self:
        """Requests that wait for the staff."""
        return self.filter(state=ErasureState.OPEN)

    def of_patron(self, patron: Patron) -> Self:
        """A patron's requests, the newest first."""
        return self.filter(patron=patron).order_by("-requested_at", "-pk")

    def open_of(self, patron: Patron) -> "ErasureRequest | None":
        """Return the patron's request that waits for the staff."""
        return self.of_patron(patron).open().first()


class ErasureRequest(models.Model):
    """A patron's request that the library erase what it holds, and what became of it.

    Staff look and decide; until then the patron may cancel. `reason` is told to the patron, `note`
    is for the staff and holds nothing personal.
    """

    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.PROTECT, related_name="erasure_requests"
    )
    state = models.CharField(
        _("状態"), max_length=10, choices=ErasureState, default=ErasureState.OPEN
    )
    requested_at = models.DateTimeField(_("申し込みの日時"), default=timezone.now)
    closed_at = models.DateTimeField(_("終了した日時"), null=True, blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("職員"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("お断りの理由"), max_length=10, choices=DeclineReason, blank=True)
    note = models.TextField(_("メモ"), blank=True)

    objects = ErasureRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("個人情報の消去の申し込み")
        default_permissions = ("view",)
        permissions = (("decide_erasurerequest", _("個人情報の消去を決定できる")),)
        constraints = (
            models.UniqueConstraint(
                fields=("patron",),
                condition=Q(state=ErasureState.OPEN),
                name="erasure_request_one_open_per_patron",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ErasureState.values), name="erasure_request_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ErasureState.OPEN, closed_at=None)
                | Q(~Q(state=ErasureState.OPEN), closed_at__isnull=False),
                name="erasure_request_open_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DECIDED, staff__isnull=False)
                | Q(~Q(state__in=DECIDED), staff=None),
                name="erasure_request_decided_by_staff",
            ),
            models.CheckConstraint(
                condition=Q(Q(state=ErasureState.DECLINED), ~Q(reason=""))
                | Q(~Q(state=ErasureState.DECLINED), reason=""),
                name="erasure_request_declined_for_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"消去の申し込み {self.pk}"  # not shown
