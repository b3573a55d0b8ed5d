"""What is held of a patron's alerts, told in full."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from catalog.search.panel import branch_names
from mylibrary.alerts.models import Alert, Arrival
from mylibrary.alerts.services import forget
from mylibrary.alerts.words import said
from patrons.models import Patron
from patrons.personal_data_registry import (
    Datum,
    Handling,
    Provider,
    Record,
    Section,
    column,
    register,
)


def sections(patron: Patron) -> Iterator[Section]:
    """Tell what is waited for, and what arrived."""
    alerts = list(Alert.objects.of_patron(patron))
    names = branch_names({code for one in alerts for code in one.criteria.branches})
    yield Section(
        key="alerts",
        title=_("SDI（新着お知らせ）"),
        records=tuple(_alert(one, names) for one in alerts),
        headings=("name",),
    )
    arrivals = Arrival.objects.of_patron(patron).shown().select_related("alert")
    yield Section(
        key="alert_arrivals",
        title=_("新着お知らせで届いた資料"),
        records=tuple(map(_arrival, arrivals)),
        headings=("found_at", "title"),
    )


def erase(patron: Patron) -> None:
    forget(Alert.objects.filter(patron=patron))


def _alert(alert: Alert, names: dict[str, str]) -> Record:
    return (
        column(alert, "name"),
        column(alert, "query", _("、").join(said(alert.criteria, names))),
        column(alert, "created_at"),
        column(alert, "paused_at"),
    )


def _arrival(arrival: Arrival) -> Record:
    return (
        Datum("alert", _("お知らせの名前"), arrival.alert.name),
        Datum("title", _("書名"), str(arrival.record)),
        column(arrival, "found_at"),
        column(arrival, "told_at"),
    )


register(Provider(models={Alert: Handling()}, sections=sections, erase=erase))
