"""What staff decided on an application, and applications as staff work with them."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patrons.models import Patron
from registration.application.models import Application, ApplicationQuerySet


class Verdict(models.TextChoices):
    """What staff decide on an application in review."""

    SAME_PERSON = "same_person", _("同一人物")
    OTHER_PERSON = "other_person", _("別人（登録してよい）")
    DEFERRED = "deferred", _("保留")
    COUNTER = "counter", _("窓口へ案内")


class ReviewDecision(models.Model):
    """What a member of staff decided on an application in review; a trigger refuses any change.

    `patron` is the one the applicant was found to be, `cleared_ids` are those the applicant was
    found not to be.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("申請")
    )
    verdict = models.CharField(_("決定"), max_length=20, choices=Verdict)
    note = models.TextField(_("メモ"), blank=True)
    patron = models.ForeignKey(
        Patron,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("同一人物の利用者"),
    )
    cleared_ids = ArrayField(
        models.BigIntegerField(), verbose_name=_("別人とした利用者"), default=list, blank=True
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("職員")
    )
    at = models.DateTimeField(_("日時"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("職員の決定")
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(verdict=Verdict.SAME_PERSON, patron__isnull=False)
                | Q(~Q(verdict=Verdict.SAME_PERSON), patron__isnull=True),
                name="review_decision_names_the_same_person",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="review_decision_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.pk}"


class ReviewCaseQuerySet(ApplicationQuerySet):
    def cases(self) -> Self:
        """All that are or were in review, each with `last_verdict`: what staff decided last."""
        last = ReviewDecision.objects.filter(application=OuterRef("pk")).order_by("-at", "-pk")
        begun = self.filter(review_since__isnull=False)
        return begun.annotate(last_verdict=Subquery(last.values("verdict")[:1]))

    def patrons_of(self, receipt: int) -> models.QuerySet:
        """The keys of whom the case of a receipt was recognised as, or registered as since."""
        case = self.filter(receipt_no=receipt, review_since__isnull=False).values("pk")
        said = ReviewDecision.objects.filter(application__in=case).order_by()
        known = said.filter(patron__isnull=False).values_list("patron", flat=True)
        under = Application.objects.filter(decision__in=said.values("pk"), patron__isnull=False)
        return known.union(under.order_by().values_list("patron", flat=True))


class ReviewCase(Application):
    """An application that is or was in review, as staff work with it."""

    objects: ClassVar = ReviewCaseQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("二重登録などの確認")
        default_permissions = ("view",)
        permissions = (("decide_reviewcase", _("二重登録などの確認を決定できる")),)
