"""Requests on their way to the identity service, and its published keys."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# The app, two PINs, the card and a code typed on the PC can take ten minutes.
REQUEST_LIFETIME = timedelta(minutes=30)
# No request ends later than that from now, give or take what machines' clocks differ: what does was
# begun by a clock that was ahead.
LATEST_END = REQUEST_LIFETIME + timedelta(minutes=2)
# So long a late answer is still told apart from one that another browser brings.
KEPT_AFTERWARDS = timedelta(days=1)

_SPEND = """
WITH found AS (SELECT * FROM myna_auth_authrequest WHERE state_hash = %s FOR UPDATE),
spent AS (
    UPDATE myna_auth_authrequest AS request SET consumed_at = %s, nonce = '', code_verifier = ''
    FROM found WHERE request.id = found.id AND found.consumed_at IS NULL RETURNING request.id
)
SELECT found.*, EXISTS (SELECT FROM spent) AS spent_now FROM found
"""


def default_expiry() -> datetime:
    return timezone.now() + REQUEST_LIFETIME


class AuthRequestQuerySet(models.QuerySet["AuthRequest"]):
    def spend(self, state_hash: str, now: datetime) -> "AuthRequest | None":
        """Spend the request with that state; return it as it was, `spent_now` says by whom.

        Of two that come at once the later one waits for the row, and finds it spent.
        """
        return next(iter(self.raw(_SPEND, [state_hash, now])), None)

    def to_be_emptied(self, now: datetime) -> Self:
        """Requests whose time is over and that still hold what is needed no more."""
        empty = Q(nonce="", code_verifier="", user=None)
        return self.filter(~empty, ~Q(expires_at__range=(now, now + LATEST_END)))

    def purgeable(self, now: datetime) -> Self:
        """Requests of which nobody comes back any more to be told that their time is over."""
        kept = (now - KEPT_AFTERWARDS, now + LATEST_END)
        return self.filter(~Q(expires_at__range=kept))


class AuthRequest(models.Model):
    """One trip to the identity service, bound to the browser and the purpose that started it.

    The state and the browser's secret are kept as SHA-256 hex digests; nonce and verifier are
    emptied when the request is consumed, and with the user when it has expired. Between
    `consumed_at` and `answered_at` the arrival that spent it is at work.
    """

    state_hash = models.CharField(_("stateのハッシュ"), max_length=64)
    browser_hash = models.CharField(_("ブラウザのハッシュ"), max_length=64)
    nonce = models.CharField("nonce", max_length=64, blank=True)
    code_verifier = models.CharField("code verifier", max_length=128, blank=True)
    purpose = models.CharField(_("目的"), max_length=50)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ログイン中の人"),
    )
    created_at = models.DateTimeField(_("作成日時"), default=timezone.now)
    expires_at = models.DateTimeField(_("期限"), default=default_expiry)
    consumed_at = models.DateTimeField(_("使用日時"), null=True, blank=True)
    answered_at = models.DateTimeField(_("結果が出た日時"), null=True, blank=True)
    # Whether this very arrival has spent it: known of what `spend` returns.
    spent_now: bool

    objects = AuthRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("本人確認の要求")
        constraints = (
            models.UniqueConstraint(fields=["state_hash"], name="myna_request_state_unique"),
            models.CheckConstraint(
                condition=Q(consumed_at=None) | Q(nonce="", code_verifier=""),
                name="myna_request_consumed_is_empty",
            ),
        )
        indexes = (models.Index(fields=["expires_at"], name="myna_request_expires"),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    def is_over(self, now: datetime) -> bool:
        """Return whether the answer comes too late, or before its time."""
        return not now < self.expires_at <= now + LATEST_END


class ProviderKeySet(models.Model):
    """The identity service's JWKS, shared by every worker, and its bucket of extra fetches."""

    uri = models.CharField("URI", max_length=255, unique=True)
    # Text, not JSON: PostgreSQL refuses some JSON that Python reads, and this came from outside.
    document = models.TextField("JWKS", blank=True)
    fetched_at = models.DateTimeField(_("取得日時"), null=True, blank=True)
    fetches_left = models.FloatField(_("残りの再取得回数"))
    counted_at = models.DateTimeField(_("計数日時"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("本人確認サービスの公開鍵")

    def __str__(self) -> str:
        return self.uri
