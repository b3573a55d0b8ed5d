"""Counts of what happened on a day or in a month, by one dimension at a time."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Max


class Dimension(models.TextChoices):
    """What is told apart. Of a day: how somebody registered, and what became of applications begun
    then. Of a month, dated by its first day: who registered, and who was registered at its end."""

    ROUTE = "route", "登録の方法"
    STEP = "step", "手続きの段階"
    END = "end", "登録に至らなかった理由"
    MINUTES = "minutes", "登録までの時間（分）"
    MUNICIPALITY = "municipality", "新規登録の市町"
    AGE = "age", "新規登録の年齢"
    HELD_MUNICIPALITY = "held_municipality", "登録者の市町（月末）"
    HELD_AGE = "held_age", "登録者の年齢（月末）"


OF_MONTHS = (
    Dimension.MUNICIPALITY,
    Dimension.AGE,
    Dimension.HELD_MUNICIPALITY,
    Dimension.HELD_AGE,
)


class CountQuerySet(models.QuerySet["Count"]):
    def of(self, dimension: str, first: date, last: date) -> Self:
        return self.filter(dimension=dimension, day__range=(first, last))

    def last_day(self) -> date | None:
        """The last day that was counted."""
        return self._last(Dimension.ROUTE)

    def last_month(self) -> date | None:
        """The first day of the last month that was counted."""
        return self._last(Dimension.AGE)

    def _last(self, dimension: Dimension) -> date | None:
        last: date | None = self.filter(dimension=dimension).aggregate(last=Max("day"))["last"]
        return last


class Count(models.Model):
    """How many of one value there were. Nothing links it to anybody, or to another dimension."""

    day = models.DateField("日")
    dimension = models.CharField("項目", max_length=20, choices=Dimension)
    value = models.CharField("区分", max_length=40)
    number = models.PositiveIntegerField("件数")

    objects = CountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "統計"
        default_permissions = ()
        permissions = (("view_statistics", "統計を見る"),)
        constraints = (
            models.UniqueConstraint(
                fields=("dimension", "day", "value"), name="count_one_per_day_and_value"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.dimension} {self.value}"
