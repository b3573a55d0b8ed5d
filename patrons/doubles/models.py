"""Two stored patrons who may be one person, and how far the search for them has come."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Strength(models.TextChoices):
    """Whether the duplicate rules would stop a registration, or only give staff a hint."""

    POSSIBLE = "possible", _("二重登録の可能性")
    HINT = "hint", _("手がかりだけ")


class DoubleVerdict(models.TextChoices):
    """What staff decide on two patrons."""

    OTHER_PERSON = "other_person", _("別人")
    SAME_PERSON = "same_person", _("同一人物")


class PossibleDoubleQuerySet(models.QuerySet["PossibleDouble"]):
    """Pairs; one whose patron has withdrawn waits for nothing, and comes back with the patron."""

    def waiting(self) -> Self:
        """Those that staff have not decided on."""
        return self.of_active().filter(verdict="")

    def overdue(self, today: date) -> Self:
        """Those that staff should have looked at before a day."""
        return self.waiting().filter(look_by__lt=today)

    def to_be_joined(self) -> Self:
        """Pairs of one person, while both numbers can still be used."""
        return self.of_active().filter(verdict=DoubleVerdict.SAME_PERSON)

    def decided(self) -> Self:
        return self.exclude(verdict="")

    def staying(self, withdrawn_ids: list[int]) -> dict[int, Any]:
        """Return, by the keys of withdrawn patrons, as whom staff found the same person to stay."""
        found = {}
        pairs = self.of_patrons(withdrawn_ids).filter(verdict=DoubleVerdict.SAME_PERSON)
        for pair in pairs.select_related("first", "second").order_by("decided_at", "pk"):
            for gone, other in ((pair.first, pair.second), (pair.second, pair.first)):
                if gone.withdrawn_at and other.withdrawn_at is None:
                    found[gone.pk] = other
        return found

    def of_active(self) -> Self:
        return self.filter(first__withdrawn_at=None, second__withdrawn_at=None)

    def of_patrons(self, patron_ids: list[int]) -> Self:
        return self.filter(Q(first__in=patron_ids) | Q(second__in=patron_ids))


class PossibleDouble(models.Model):
    """Two patrons who may be one person: `first` has the lower key.

    `fields` are the codes of what agrees. `look_by` is the day by which staff look, of a pair with
    somebody who has just registered online. A pair is decided once, by staff; "same_person" tells
    the counter to join the two in the library system, this service joins nobody.
    """

    first = models.ForeignKey(
        "patrons.Patron",
        on_delete=models.CASCADE,
        related_name="+",
        # The constraint has an index that begins with it.
        db_index=False,
        verbose_name=_("利用者"),
    )
    second = models.ForeignKey(
        "patrons.Patron",
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("もう1人の利用者"),
    )
    strength = models.CharField(_("二重登録の判定"), max_length=10, choices=Strength)
    fields = ArrayField(models.CharField(max_length=20), verbose_name=_("同じ項目"), default=list)
    found_at = models.DateTimeField(_("見つけた日時"), default=timezone.now)
    look_by = models.DateField(_("確認の期限"), null=True, blank=True)
    verdict = models.CharField(_("決定"), max_length=20, choices=DoubleVerdict, blank=True)
    note = models.TextField(_("メモ"), blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("職員"),
    )
    decided_at = models.DateTimeField(_("決定日時"), null=True, blank=True)

    objects = PossibleDoubleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("二重登録かもしれない利用者")
        default_permissions = ("view",)
        permissions = (("decide_possibledouble", _("二重登録かもしれない利用者を決定できる")),)
        constraints = (
            models.UniqueConstraint(fields=("first", "second"), name="possible_double_one_a_pair"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="possible_double_of_two_in_order"
            ),
            models.CheckConstraint(
                condition=Q(verdict="", staff=None, decided_at=None)
                | Q(
                    verdict__in=DoubleVerdict.values, staff__isnull=False, decided_at__isnull=False
                ),
                name="possible_double_decided_by_somebody",
            ),
        )
        indexes = (
            models.Index(
                fields=("look_by", "-strength", "found_at", "id"),
                condition=Q(verdict=""),
                name="possible_double_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.first_id}, {self.second_id}"


class DoubleSearch(models.Model):
    """How far the search has come: one row, locked while it goes on.

    Patrons are looked at in the order in which they changed; `changed_at` and `last_id` are of the
    last one, None and 0 before the first; `rules` says by which rules.
    """

    rules = models.CharField(max_length=60)
    changed_at = models.DateTimeField(null=True)
    last_id = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.changed_at}, {self.last_id}"
