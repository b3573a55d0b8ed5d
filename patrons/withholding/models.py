"""What staff did about 情報秘匿 of a patron, and why."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class WithholdingStep(models.TextChoices):
    WITHHELD = "withheld", "設定"
    ENDED = "ended", "解除"
    OPENED = "opened", "表示"


class OpeningReason(models.TextChoices):
    """Why staff look at what is withheld; the code is what the audit record keeps."""

    ASKED = "asked", "本人の申し出"
    CONTACT = "contact", "本人への連絡"
    CORRECTION = "correction", "登録内容の確認・訂正"
    SAME_PERSON = "same_person", "二重登録などの確認"
    LAW = "law", "法令にもとづく照会"
    OTHER = "other", "その他"


class WithholdingAct(models.Model):
    """One step with its note: withheld, ended, or opened by a member of staff for a `reason`."""

    patron = models.ForeignKey(
        "patrons.Patron",
        verbose_name="利用者",
        on_delete=models.CASCADE,
        related_name="withholding_acts",
    )
    step = models.CharField("操作", max_length=10, choices=WithholdingStep)
    reason = models.CharField("理由", max_length=20, choices=OpeningReason, blank=True)
    note = models.TextField("メモ")
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="職員", on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField("日時", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "情報秘匿"
        ordering = ("-at", "-pk")
        default_permissions = ()
        permissions = (
            ("decide_withholding", "情報秘匿を設定・解除し、秘匿した内容を表示できる（審査）"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(step=WithholdingStep.OPENED) ^ models.Q(reason=""),
                name="withholding_opened_for_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.pk}"
