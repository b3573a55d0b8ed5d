"""The codes that are asked for at a first login."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW
from patrons.first_login.digits import digits_of
from patrons.first_login.enums import TRIES, CodeKind
from patrons.first_login.querysets import FirstLoginCodeQuerySet


class FirstLoginCode(models.Model):
    """A code that confirms a first login, once; its digits are drawn from `id` (see `digits`).

    `tries` counts what was typed, right or wrong. `ended_at` is its use, or when another took its
    place. A mailed one's time begins anew when the mail is sent.
    """

    id = models.UUIDField("コードID", primary_key=True, default=uuid.uuid4, editable=False)
    patron = models.ForeignKey(
        "patrons.Patron", verbose_name="利用者", on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField("種類", max_length=10, choices=CodeKind)
    made_at = models.DateTimeField("発行日時", default=timezone.now)
    expires_at = models.DateTimeField("期限")
    tries = models.PositiveSmallIntegerField("入力された回数", default=0)
    ended_at = models.DateTimeField("使用・取り消しの日時", null=True, blank=True)

    objects = FirstLoginCodeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "初回ログインの確認コード"
        default_permissions = ()
        permissions = (("issue_firstlogincode", "初回ログイン用紙を発行できる"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=CodeKind.values), name="first_login_code_kind_known"
            ),
            models.UniqueConstraint(
                fields=("patron", "kind"),
                condition=Q(ended_at=None),
                name="first_login_code_one_per_patron_and_kind",
            ),
        )
        indexes = (models.Index(fields=("made_at",), name="first_login_code_made"),)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def digits(self) -> str:
        """What is typed; to be shown or sent to its patron only."""
        return digits_of(self.pk, self.kind)

    @property
    def tries_left(self) -> int:
        """How often it may still be tried."""
        return max(0, TRIES[CodeKind(self.kind)] - self.tries)

    @property
    def is_live(self) -> bool:
        """Whether it may still be tried."""
        now = timezone.now()
        in_time = self.made_at <= now + CLOCK_SKEW and now < self.expires_at
        return self.ended_at is None and in_time and self.tries_left > 0
