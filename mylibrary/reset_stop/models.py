"""That new passwords by mail are stopped."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from patrons.models import Patron


class ResetStop(models.Model):
    """That no link to a new password is mailed for a patron, because the mailbox may be another's.

    Said by the patron, whose card was read just now, or by `staff` who know who it is; gone as soon
    as either of them takes it back.
    """

    patron = models.OneToOneField(
        Patron, verbose_name="利用者", on_delete=models.CASCADE, related_name="reset_stop"
    )
    stopped_at = models.DateTimeField("停止した日時", default=timezone.now)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="職員",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = "E-mailでのパスワード再設定の停止"
        default_permissions = ()
        permissions = (("decide_resetstop", "E-mailでのパスワード再設定を停止・再開できる"),)

    def __str__(self) -> str:
        return str(self.pk)
