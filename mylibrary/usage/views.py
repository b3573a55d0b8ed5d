"""利用状況: loans and holds as they stand, renewing, and what can be changed of a hold."""

from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from circulation.enums import Refusal, Standing
from circulation.port import (
    Account,
    Capability,
    Document,
    Outcome,
    Refused,
    Unavailable,
    library_system,
)
from mylibrary import session
from mylibrary.access import patron_page
from mylibrary.usage import rows, words
from mylibrary.usage.forms import PickupForm, SuspendForm
from patrons.models import Patron
from ui.pages import View, button_of, number_of, sentences

ALL = "all"


@patron_page
def usage(request: HttpRequest, patron: Patron) -> HttpResponse:
    """利用状況: what is lent and what is held, and since when that is known."""
    system = library_system()
    try:
        account = system.items(patron=patron)
    except Unavailable as unknown:
        context = {
            "unknown": unknown,
            "loans_unknown": words.not_shown(unknown, "loans"),
            "holds_unknown": words.not_shown(unknown, "holds"),
        }
        return render(request, "mylibrary/usage/unavailable.html", context)
    # Not before: what cannot be told now is told when the lists are there again.
    outcomes = session.take_outcomes(request, session.RENEWED)
    today, capabilities = timezone.localdate(), system.capabilities
    context = {
        "as_of": words.as_of(account.as_of),
        "standing": account.standing if account.standing != Standing.ACTIVE else None,
        "said": _summary(account, outcomes),
        "loans": rows.loans(account, capabilities, today, outcomes),
        "loan_count": words.counted(len(account.loans)),
        "renewable": sum(rows.can_renew(loan, capabilities) for loan in account.loans),
        "holds": rows.holds(account, capabilities),
        "hold_count": len(account.holds),
        "can_request": Capability.REQUEST in capabilities,
    }
    return render(request, "mylibrary/usage/usage.html", context)


@patron_page
@button_of("mylibrary:usage")
def renew(request: HttpRequest, patron: Patron) -> HttpResponse:
    """延長する, one or all that can be: what became of each is told in the list."""
    system = library_system()
    chosen = request.POST.getlist("loan")
    if ALL in chosen:
        try:
            loans = system.items(patron=patron).loans
        except Unavailable:
            return redirect("mylibrary:usage")
        ids = [loan.pk for loan in loans if rows.can_renew(loan, system.capabilities)]
    else:
        ids = [number for one in chosen if (number := number_of(one))]
    outcomes = system.renew(patron=patron, loans=ids)
    codes = {pk: outcome.value for pk, outcome in outcomes.items()}
    # Sent twice, what the first has done is still to be told, not that it cannot be done again.
    before = session.take_outcomes(request, session.RENEWED)
    codes |= {pk: code for pk, code in before.items() if code not in words.REFUSALS}
    session.keep_outcomes(request, session.RENEWED, codes)
    return redirect("mylibrary:usage")


def of_a_hold(view: View) -> View:
    """Hand over the patron's own hold that the request names; 利用状況 says what is Refused."""

    @wraps(view)
    def with_hold(request: HttpRequest, patron: Patron) -> HttpResponse:
        number = number_of(request.POST.get("hold") or request.GET.get("hold") or "")
        try:
            account = library_system().items(patron=patron)
        except Unavailable:
            return redirect("mylibrary:usage")
        # One that the library system was asked for only has no key.
        found = next((one for one in account.holds if number and one.pk == number), None)
        try:
            if found is None:
                raise Refused(Refusal.HOLD_GONE)
            return view(request, patron, found)
        except Refused as refused:
            messages.info(request, str(refused.refusal.label))
            return redirect("mylibrary:usage")

    return with_hold


@patron_page
@of_a_hold
def hold(request: HttpRequest, patron: Patron, found: Document) -> HttpResponse:
    """One hold: where it is fetched, 休止, 取り消し; as far as that is possible now."""
    return _hold_page(request, found)


@patron_page
@button_of("mylibrary:usage")
@of_a_hold
def change_pickup(request: HttpRequest, patron: Patron, found: Document) -> HttpResponse:
    """受取館を変える."""
    form = PickupForm(request.POST)
    if not form.is_valid():
        return _hold_page(request, found, pickup=form, status=422)
    branch = form.cleaned_data["pickup"]
    outcome = library_system().change_pickup(patron=patron, hold=found.pk, pickup=branch)
    return _told(request, outcome, Capability.CHANGE_PICKUP, _("受取館を変更しました。"))


@patron_page
@button_of("mylibrary:usage")
@of_a_hold
def suspend(request: HttpRequest, patron: Patron, found: Document) -> HttpResponse:
    """休止する."""
    form = SuspendForm(request.POST)
    if not form.is_valid():
        return _hold_page(request, found, suspend=form, status=422)
    until: date = form.cleaned_data["until"]
    said = _("%(day)sまで休止します。") % {"day": words.day(until)}
    try:
        outcome = library_system().suspend(patron=patron, hold=found.pk, until=until)
    except Refused as refused:
        if refused.refusal != Refusal.NO_SUCH_DAY:
            raise
        form.add_error("until", refused.refusal.label)
        return _hold_page(request, found, suspend=form, status=422)
    return _told(request, outcome, Capability.SUSPEND, said)


@patron_page
@button_of("mylibrary:usage")
@of_a_hold
def resume(request: HttpRequest, patron: Patron, found: Document) -> HttpResponse:
    """休止をやめる."""
    outcome = library_system().suspend(patron=patron, hold=found.pk, until=None)
    return _told(request, outcome, Capability.SUSPEND, _("休止をやめました。"))


@patron_page
@of_a_hold
def cancel(request: HttpRequest, patron: Patron, found: Document) -> HttpResponse:
    """取り消す: asked once more, then done."""
    if not rows.may_cancel(found, library_system().capabilities):
        raise Refused(Refusal.HOLD_GONE)
    if request.method != "POST":
        context = {"hold": found, "lang": words.lang_of(found)}
        return render(request, "mylibrary/usage/cancel.html", context)
    outcome = library_system().cancel(patron=patron, hold=found.pk)
    return _told(request, outcome, Capability.CANCEL, _("予約を取り消しました。"))


def _told(request: HttpRequest, outcome: Outcome, what: Capability, said: str) -> HttpResponse:
    """Say on 利用状況 what became of a hold: `said` where it is done, else that it was asked."""
    if outcome == Outcome.DONE:
        messages.success(request, said)
    else:
        messages.info(request, str(words.ASKED[what]))
    return redirect("mylibrary:usage")


def _hold_page(
    request: HttpRequest,
    found: Document,
    *,
    pickup: PickupForm | None = None,
    suspend: SuspendForm | None = None,
    status: int = 200,
) -> HttpResponse:
    capabilities = library_system().capabilities
    is_open = found.can_change and found.asked is None
    until = found.suspended_until
    context: dict[str, Any] = {
        "hold": found,
        "lang": words.lang_of(found),
        "state": words.state_of(found),
        "where": words.of_hold(found, words.place_of(found)),
        "asked": words.asked_of(found),
        "form": pickup or suspend,
        "pickup_form": None,
        "suspend_form": None,
        "can_cancel": rows.may_cancel(found, capabilities),
    }
    if is_open and Capability.CHANGE_PICKUP in capabilities:
        context["pickup_form"] = pickup or PickupForm(pickup=found.pickup)
    if is_open and Capability.SUSPEND in capabilities:
        context["suspend_form"] = suspend or SuspendForm(initial={"until": until})
    return render(request, "mylibrary/usage/hold.html", context, status=status)


def _summary(account: Account, outcomes: dict[int, str]) -> str:
    """Return what became of what was just renewed, and why not what is in no list any more."""
    if not outcomes:
        return ""
    codes = [*outcomes.values()]
    done, asked = codes.count(Outcome.DONE.value), codes.count(Outcome.ASKED.value)
    refused = len(codes) - done - asked
    said = []
    if done:
        said.append(ngettext("%s冊を延長しました。", "%s冊を延長しました。", done) % done)
    if asked:
        said.append(
            ngettext("%s冊の延長を申し込みました。", "%s冊の延長を申し込みました。", asked) % asked
        )
    if refused:
        said.append(
            ngettext("%s冊は延長できませんでした。", "%s冊は延長できませんでした。", refused)
            % refused
        )
    listed = {loan.pk for loan in account.loans}
    gone = {code for pk, code in outcomes.items() if pk not in listed and code in Refusal.values}
    return sentences(*said, *(Refusal(code).label for code in sorted(gone)))
