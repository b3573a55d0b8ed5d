"""Alerts: searches that patrons keep, what arrived for them, and how far the catalogue was read."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import OfRecordQuerySet, Record
from catalog.search.criteria import Criteria, Sort, read
from patrons.models import Patron

MOST_ALERTS = 30
LONGEST_NAME = 60
# As many untold arrivals as one alert is given: a search finds the rest.
MOST_WAITING = 200
ARRIVALS_KEPT = timedelta(days=60)


def lasting(criteria: Criteria) -> Criteria:
    """Return what of criteria can be waited for: new items are not on a shelf yet."""
    return replace(criteria, available=False, sort=Sort.BEST, page=1)


def criteria_of(query: str) -> Criteria:
    """Return the criteria of an address."""
    return lasting(read(QueryDict(query)))


class AlertQuerySet(models.QuerySet["Alert"]):
    def of_patron(self, patron: Patron) -> Self:
        """A patron's own, the newest first, each with `arrivals`, how many arrived lately."""
        there = models.Count("arrived", filter=Q(arrived__record__deleted_at=None))
        return self.filter(patron=patron).annotate(arrivals=there).order_by("-created_at", "pk")

    def active(self) -> Self:
        """Those whose patrons are to be told."""
        return self.filter(paused_at=None)

    def with_room(self) -> Self:
        """Active ones that do not have MOST_WAITING arrivals to be told already."""
        waiting = Arrival.objects.untold().filter(alert=models.OuterRef("pk"))
        return self.active().exclude(models.Exists(waiting[MOST_WAITING - 1 : MOST_WAITING]))


class Alert(models.Model):
    """A search (`query`, the address's canonical form) whose new arrivals its patron is told of.

    A patron has each search once; paused, it brings nothing. Nobody of staff sees any of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patron = models.ForeignKey(
        Patron,
        verbose_name=_("利用者"),
        on_delete=models.CASCADE,
        related_name="alerts",
        db_index=False,
    )
    name = models.CharField(_("名前"), max_length=LONGEST_NAME)
    query = models.TextField(_("条件"))
    created_at = models.DateTimeField(_("登録した日時"), default=timezone.now)
    paused_at = models.DateTimeField(_("止めた日時"), null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("SDI（新着お知らせ）")
        default_permissions = ()
        constraints = (
            # Of four long words, an address is longer than an index takes.
            models.UniqueConstraint("patron", MD5("query"), name="alert_each_search_once"),
        )

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def criteria(self) -> Criteria:
        return criteria_of(self.query)


class ArrivalQuerySet(OfRecordQuerySet["Arrival"]):
    def untold(self) -> Self:
        return self.filter(told_at=None)

    def of_patron(self, patron: Patron) -> Self:
        return self.filter(alert__patron=patron)

    def patron_ids(self) -> models.QuerySet:
        """Whose they are, each once."""
        return self.order_by("alert__patron").values_list("alert__patron", flat=True).distinct()

    def shown(self) -> Self:
        """Those whose records are there still, the newest first, without the search's columns."""
        there = self.filter(record__deleted_at=None)
        return there.with_record().order_by("-found_at", "-record_id")

    def older_than(self, moment: datetime) -> Self:
        return self.filter(found_at__lt=moment)


class Arrival(models.Model):
    """A record that arrived for an alert: kept until it was told, and a while for the pages."""

    alert = models.ForeignKey(
        Alert,
        verbose_name=_("条件"),
        on_delete=models.CASCADE,
        related_name="arrived",
        db_index=False,
    )
    record = models.ForeignKey(
        Record, verbose_name=_("書誌"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    found_at = models.DateTimeField(_("見つかった日時"), default=timezone.now)
    told_at = models.DateTimeField(_("お知らせした日時"), null=True, blank=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("届いた新着")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("alert", "record"), name="arrival_once_per_alert"),
        )
        indexes = (
            models.Index(fields=("alert",), condition=Q(told_at=None), name="arrival_untold"),
            models.Index(fields=("found_at",), name="arrival_found"),
        )

    def __str__(self) -> str:
        return str(self.pk)


class CatalogueRead(models.Model):
    """How far the catalogue was read for the alerts: one row, locked while it goes on.

    Records are read in the order in which they arrived, then the items that came; the columns are
    of the last record and the last item.
    """

    added_at = models.DateTimeField()
    record_id = models.BigIntegerField(default=0)
    item_id = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.added_at}, {self.record_id}, {self.item_id}"
