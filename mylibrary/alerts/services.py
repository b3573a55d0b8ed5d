"""What patrons do with their alerts. None of it is recorded: what somebody reads is nobody's."""

from django.db import transaction
from django.utils import timezone

from catalog.search.criteria import Criteria
from mylibrary.alerts.models import MOST_ALERTS, Alert, AlertQuerySet, lasting
from patrons.models import Patron
from patrons.services import lock_for_change


class TooManyAlerts(Exception):
    """The patron has MOST_ALERTS."""


class AlertExists(Exception):
    """The patron has an alert of this search, `alert`."""

    def __init__(self, alert: Alert) -> None:
        super().__init__()
        self.alert = alert


@transaction.atomic
def create_alert(*, patron: Patron, criteria: Criteria, name: str) -> Alert:
    """Keep a search; raises AlertExists, TooManyAlerts and PatronErased."""
    stored = lock_for_change(patron=patron)
    query = lasting(criteria).query()
    if known := stored.alerts.filter(query=query).first():
        raise AlertExists(known)
    if stored.alerts.count() >= MOST_ALERTS:
        raise TooManyAlerts
    return stored.alerts.create(query=query, name=name)


def rename_alert(*, alert: Alert, name: str) -> None:
    Alert.objects.filter(pk=alert.pk).update(name=name)


@transaction.atomic
def pause_alert(*, alert: Alert) -> None:
    """Bring nothing until it is resumed; what was found and not told yet is not told any more."""
    Alert.objects.active().filter(pk=alert.pk).update(paused_at=timezone.now())
    alert.arrived.untold().update(told_at=timezone.now())


def resume_alert(*, alert: Alert) -> None:
    """Bring again what arrives, from the last daily run on."""
    Alert.objects.filter(pk=alert.pk).update(paused_at=None)


@transaction.atomic
def delete_alert(*, alert: Alert) -> None:
    """Forget a search and what arrived for it, in messages that told of it as well."""
    forget(Alert.objects.filter(pk=alert.pk))


def forget(alerts: AlertQuerySet) -> None:
    """Delete alerts with what arrived for them, in the caller's transaction.

    The alerts are locked first: the daily run keeps nothing more for them meanwhile.
    """
    locked = alerts.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    Alert.objects.filter(pk__in=list(locked)).delete()
