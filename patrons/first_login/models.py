"""The codes that are asked for at a first login.

The digits of a code are a keyed digest of its row's random id, drawn again by whoever may show or
send it. So they stand in no table, no job and no log, and a mail that is sent twice has the same.
"""

import unicodedata
import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.timeouts import CLOCK_SKEW
from characters.text import without_unseen

# Codes stay for a day, used or not, because the mails of a day are counted by them.
KEPT = timedelta(days=1)
# People type the gap of a long code as they see it.
_BETWEEN = frozenset("-‐‑‒–—―−ー－ｰ")  # not shown


class CodeKind(models.TextChoices):
    """How a code reaches its patron."""

    MAIL = "mail", "E-mail"
    SCREEN = "screen", _("登録の結果の画面")
    COUNTER = "counter", _("初回ログイン用紙")


LENGTHS = {CodeKind.MAIL: 6, CodeKind.SCREEN: 6, CodeKind.COUNTER: 10}
# How often one may be tried. Ten digits are not found in a hundred tries, and a hundred keep
# a stranger from burning the slip that somebody carries home.
TRIES = {CodeKind.MAIL: 5, CodeKind.SCREEN: 5, CodeKind.COUNTER: 100}


def fold(typed: str) -> str:
    """Return what was typed as a code has it: half-width digits without blanks and hyphens."""
    kept = (one for one in without_unseen(typed) if not one.isspace() and one not in _BETWEEN)
    return "".join(unicodedata.normalize("NFKC", one) for one in kept)


def kinds_of_length(folded: str) -> list[CodeKind]:
    """Return the kinds of code that have so many digits; none where it is not digits alone."""
    if not (folded.isascii() and folded.isdigit()):
        return []
    return [kind for kind, length in LENGTHS.items() if length == len(folded)]


class FirstLoginCodeQuerySet(models.QuerySet):
    """Codes; one that is still to be made was made by a clock that was ahead: it is over."""

    def of(self, patron: models.Model) -> Self:
        return self.filter(patron=patron)

    def not_ended(self) -> Self:
        """Codes that were neither used nor replaced, in time or not."""
        return self.filter(ended_at=None)

    def live(self) -> Self:
        """Codes that may still be tried."""
        left = Q()
        for kind, tries in TRIES.items():
            left |= Q(kind=kind, tries__lt=tries)
        now = timezone.now()
        return self.not_ended().filter(left, expires_at__gt=now, made_at__lte=now + CLOCK_SKEW)

    def of_last_day(self) -> Self:
        """Codes made within 24 hours."""
        now = timezone.now()
        return self.filter(made_at__gt=now - KEPT, made_at__lte=now + CLOCK_SKEW)

    def over(self, now: datetime) -> Self:
        """Codes that can be deleted."""
        done = Q(ended_at__isnull=False) | Q(expires_at__lte=now)
        to_come = Q(made_at__gt=now + CLOCK_SKEW)
        return self.filter(to_come | Q(done, made_at__lte=now - KEPT))


class FirstLoginCode(models.Model):
    """A code that confirms a first login, once.

    `tries` counts what was typed, right or wrong. `ended_at` is its use, or when another took its
    place. A mailed one's time begins anew when the mail is sent.
    """

    id = models.UUIDField(_("コードID"), primary_key=True, default=uuid.uuid4, editable=False)
    patron = models.ForeignKey(
        "patrons.Patron", verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(_("種類"), max_length=10, choices=CodeKind)
    made_at = models.DateTimeField(_("発行日時"), default=timezone.now)
    expires_at = models.DateTimeField(_("期限"))
    tries = models.PositiveSmallIntegerField(_("入力された回数"), default=0)
    ended_at = models.DateTimeField(_("使用・取り消しの日時"), null=True, blank=True)

    objects = FirstLoginCodeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("初回ログインの確認コード")
        default_permissions = ()
        permissions = (("issue_firstlogincode", _("初回ログイン用紙を発行できる")),)
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
        return self._digits(settings.SECRET_KEY)

    def is_right(self, folded: str) -> bool:
        """Compare folded digits in constant time; keys may have changed since it was shown."""
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return any(constant_time_compare(folded, self._digits(secret)) for secret in secrets)

    def _digits(self, secret: str) -> str:
        digest = salted_hmac("patrons.first_login", f"{self.kind}:{self.pk.hex}", secret=secret)
        length = LENGTHS[CodeKind(self.kind)]
        return f"{int(digest.hexdigest(), 16) % 10**length:0{length}}"

    @property
    def tries_left(self) -> int:
        return max(0, TRIES[CodeKind(self.kind)] - self.tries)

    @property
    def is_live(self) -> bool:
        now = timezone.now()
        in_time = self.made_at <= now + CLOCK_SKEW and now < self.expires_at
        return self.ended_at is None and in_time and self.tries_left > 0
