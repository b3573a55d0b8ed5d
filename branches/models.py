"""Branches (館), when they are open, and when they are not: what staff edit."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from branches.calendar import Rule

MONTH_AND_DAY = RegexValidator("^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("月曜日")
    TUESDAY = 1, _("火曜日")
    WEDNESDAY = 2, _("水曜日")
    THURSDAY = 3, _("木曜日")
    FRIDAY = 4, _("金曜日")
    SATURDAY = 5, _("土曜日")
    SUNDAY = 6, _("日曜日")


class BranchQuerySet(models.QuerySet):
    def listed(self) -> Self:
        """Branches that the public pages show; the first is the main one."""
        return self.filter(is_listed=True)

    def with_hours(self) -> Self:
        return self.prefetch_related("hours")


class Branch(models.Model):
    """A place that has books: 本館, 分館, 地区公民館図書室, 市民行政センター.

    `code` stands in addresses, files and subfield b of 852; it never changes. Closed every
    `closed_weeks`-th `closed_weekday` of a month, from `year_end_first` to `year_end_last`
    (MM-DD), and as its closures say.
    """

    code = models.SlugField(_("記号"), max_length=20, unique=True)
    name = models.CharField(_("館名"), max_length=60)
    name_en = models.CharField(_("館名（英語）"), max_length=60)
    postal_code = models.CharField(_("郵便番号"), max_length=7, blank=True)
    address = models.CharField(_("住所"), max_length=200, blank=True)
    phone = models.CharField(_("電話番号"), max_length=15, blank=True)
    order = models.PositiveSmallIntegerField(_("並び順"), default=100)
    is_listed = models.BooleanField(_("利用案内に載せる"), default=True)
    closed_weekday = models.PositiveSmallIntegerField(
        _("休館の曜日"), choices=Weekday, default=Weekday.MONDAY
    )
    closed_weeks = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)]),
        verbose_name=_("休館の週"),
        default=list,
        blank=True,
    )
    year_end_first = models.CharField(
        _("年末年始の初日"), max_length=5, blank=True, validators=[MONTH_AND_DAY]
    )
    year_end_last = models.CharField(
        _("年末年始の末日"), max_length=5, blank=True, validators=[MONTH_AND_DAY]
    )

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("館")
        ordering = ("order", "code")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(year_end_first="", year_end_last="")
                | ~Q(year_end_first="") & ~Q(year_end_last=""),
                name="branch_year_end_whole",
                violation_error_message=_(
                    "年末年始は、初日と末日の両方を入力するか、両方を空欄にしてください。"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """Its name in the language of the page."""
        return self.name if get_language() == settings.LANGUAGE_CODE else self.name_en

    @property
    def rule(self) -> Rule:
        """When it is closed, year after year."""
        return Rule(
            weekday=self.closed_weekday,
            weeks=tuple(self.closed_weeks),
            year_end=(self.year_end_first, self.year_end_last),
        )

    @property
    def is_needed(self) -> bool:
        """Whether something names it that would not go with it, as items do."""
        return any(
            relation.related_model._base_manager.filter(**{relation.field.name: self}).exists()
            for relation in self._meta.related_objects
            if relation.on_delete is models.PROTECT
        )


class OpeningHours(models.Model):
    """From when to when a branch is open on a day of the week.

    A branch without any is one whose hours nobody knows; without a row for a weekday it is closed
    on it.
    """

    branch = models.ForeignKey(
        Branch, verbose_name=_("館"), on_delete=models.CASCADE, related_name="hours"
    )
    weekday = models.PositiveSmallIntegerField(_("曜日"), choices=Weekday)
    opens = models.TimeField(_("開館"))
    closes = models.TimeField(_("閉館"))

    class Meta:
        verbose_name = verbose_name_plural = _("開館時間")
        ordering = ("weekday",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["branch", "weekday"],
                name="opening_hours_one_a_day",
                violation_error_message=_("同じ曜日の開館時間が2つあります。"),
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="opening_hours_end_after_begin",
                violation_error_message=_("閉館は、開館よりあとにしてください。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class ClosureQuerySet(models.QuerySet):
    def touching(self, first: date, last: date) -> Self:
        """Closures of any day from `first` to `last`."""
        return self.filter(first__lte=last, last__gte=first)


class Closure(models.Model):
    """Days on which a branch, or every one, is closed beyond the rule."""

    class Kind(models.TextChoices):
        STOCK_TAKING = "stock_taking", _("特別整理期間")
        TEMPORARY = "temporary", _("臨時休館")

    branch = models.ForeignKey(
        Branch,
        verbose_name=_("館"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
    )
    kind = models.CharField(_("種類"), max_length=20, choices=Kind)
    first = models.DateField(_("初日"))
    last = models.DateField(_("末日"))
    reason = models.CharField(_("理由"), max_length=60, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("休館日")
        ordering = ("-first", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="closure_ends_after_begin",
                violation_error_message=_("末日は、初日か、それよりあとにしてください。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first}–{self.last} {self.get_kind_display()}"
