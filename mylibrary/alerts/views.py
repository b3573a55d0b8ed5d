"""SDI: the patron's alerts, a new one from any search, and what arrived for one."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from catalog.models import Record
from catalog.records.availability import in_order
from catalog.records.shelf import Standing, standing
from catalog.search.arriving import arrived
from catalog.search.criteria import Criteria, Sort, read, typed_text
from mylibrary.access import patron_page
from mylibrary.alerts import services
from mylibrary.alerts.forms import AlertNameForm, ConditionsForm
from mylibrary.alerts.models import ARRIVALS_KEPT, MOST_ALERTS, Alert, lasting
from mylibrary.alerts.services import AlertExists, TooManyAlerts
from mylibrary.alerts.words import FIELDS, said, suggested_name, typed
from patrons.models import Patron
from ui.pages import button_of, local_path, open_form_page, pager, render_form, sent_data

LAST_MONTH = timedelta(days=31)
PREVIEWED = 6
PER_PAGE = 10
ROWS = tuple(f"word{row}" for row, _ in enumerate(FIELDS, start=1))
FULL = gettext_noop(
    "お知らせは、%(most)s件までです。使わないお知らせを削除すると、登録できます。この条件は、まだ登録されていません。"
)


@patron_page
def alerts(request: HttpRequest, patron: Patron) -> HttpResponse:
    """SDI: what the patron waits for."""
    mine = list(Alert.objects.of_patron(patron))
    context = {"alerts": mine, "left": MOST_ALERTS - len(mine), "most": MOST_ALERTS}
    return render(request, "mylibrary/alerts/alerts.html", context)


@open_form_page
def new(request: HttpRequest) -> HttpResponse:
    """新着お知らせの登録, of the search that the address says.

    Whoever presses the button before logging in loses nothing by it: the login leads back here, or,
    as it leads to addresses of some length only, this page stays open beside it.
    """
    if request.user.is_authenticated:
        return _new(request)
    address = request.get_full_path()
    if local_path(address):
        return redirect_to_login(address)
    return render(request, "mylibrary/alerts/log_in_first.html", {"address": address})


@patron_page
def _new(request: HttpRequest, patron: Patron) -> HttpResponse:
    asked = read(request.GET)
    criteria = lasting(asked)
    if criteria.is_empty:
        return _nothing_asked(request)
    if known := patron.alerts.filter(query=criteria.query()).first():
        return _known(request, known)
    form = AlertNameForm(sent_data(request), initial={"name": suggested_name(criteria)})
    if form.is_valid():
        try:
            made = services.create_alert(patron=patron, criteria=criteria, **form.cleaned_data)
        except AlertExists as refusal:
            return _known(request, refusal.alert)
        except TooManyAlerts:
            form.add_error(None, gettext(FULL) % {"most": MOST_ALERTS})
        else:
            messages.success(
                request, gettext("登録しました。新しい資料が入ったら、お知らせします。")
            )
            return redirect("mylibrary:sdi_alert", alert_id=made.pk)
    filled = typed(criteria)
    context = {
        "criteria": criteria,
        "form": form,
        "said": said(criteria),
        "conditions": None if filled is None else ConditionsForm(filled),
        "fields": FIELDS,
        "drops_available": asked.available,
        "preview": _preview(criteria),
    }
    return render_form(request, "mylibrary/alerts/new.html", context)


def _nothing_asked(request: HttpRequest) -> HttpResponse:
    """Show the form with what was typed, of which nothing can be looked for."""
    filled = {name: typed_text(request.GET.get(name, "")) for name in ROWS}
    filled["word1"] = filled["word1"] or typed_text(request.GET.get("q", ""))
    is_refused = any(filled.values()) or request.method == "POST" or "word1" in request.GET
    context = {"conditions": ConditionsForm(filled), "fields": FIELDS, "refused": is_refused}
    return render(request, "mylibrary/alerts/new.html", context, status=422 if is_refused else 200)


def _known(request: HttpRequest, alert: Alert) -> HttpResponse:
    messages.info(request, gettext("この条件は、もう登録してあります。"))
    return redirect("mylibrary:sdi_alert", alert_id=alert.pk)


@patron_page
def alert(request: HttpRequest, patron: Patron, alert_id: UUID) -> HttpResponse:
    """One alert: what arrived, what last month would have brought, its name and its buttons."""
    found = _own(patron, alert_id)
    form = AlertNameForm(sent_data(request), initial={"name": found.name})
    if form.is_valid():
        services.rename_alert(alert=found, **form.cleaned_data)
        messages.success(request, gettext("お知らせの名前を変更しました。"))
        return redirect("mylibrary:sdi_alert", alert_id=found.pk)
    arrivals = Paginator(found.arrived.shown(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "alert": found,
        "form": form,
        "said": said(found.criteria),
        "newest_first": found.criteria.query(sort=Sort.ADDED),
        "arrivals": arrivals.paginator.count,
        "records": in_order([one.record_id for one in arrivals]),
        "days": ARRIVALS_KEPT.days,
        "preview": _preview(found.criteria),
        **pager(arrivals),
    }
    return render_form(request, "mylibrary/alerts/alert.html", context)


@patron_page
@button_of("mylibrary:sdi")
def pause(request: HttpRequest, patron: Patron, alert_id: UUID) -> HttpResponse:
    """一時停止: by its button only."""
    services.pause_alert(alert=_own(patron, alert_id))
    messages.success(request, gettext("お知らせを止めました。再開するまで、何も届きません。"))
    return redirect("mylibrary:sdi_alert", alert_id=alert_id)


@patron_page
@button_of("mylibrary:sdi")
def resume(request: HttpRequest, patron: Patron, alert_id: UUID) -> HttpResponse:
    """再開: by its button only."""
    services.resume_alert(alert=_own(patron, alert_id))
    messages.success(request, gettext("お知らせを再開しました。"))
    return redirect("mylibrary:sdi_alert", alert_id=alert_id)


@patron_page
def delete(request: HttpRequest, patron: Patron, alert_id: UUID) -> HttpResponse:
    """お知らせの削除, once it is confirmed."""
    found = _own(patron, alert_id)
    if request.method != "POST":
        return render(request, "mylibrary/alerts/delete.html", {"alert": found})
    services.delete_alert(alert=found)
    messages.success(request, gettext("お知らせを削除しました。"))
    return redirect("mylibrary:sdi")


class Preview(NamedTuple):
    """What last month would have brought: how many, and the newest of them."""

    total: int
    has_more: bool
    records: list[Standing]


def _preview(criteria: Criteria) -> Preview:
    found = arrived(criteria, timezone.now() - LAST_MONTH, PREVIEWED)
    records = Record.objects.without_keys().in_bulk(found.ids)
    shown = [standing(records[one]) for one in found.ids if one in records]
    return Preview(found.total, found.has_more, shown)


def _own(patron: Patron, alert_id: UUID) -> Alert:
    return get_object_or_404(patron.alerts, pk=alert_id)
