"""予約: the page of one hold, and 予約かご with what became of each when all were placed."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from branches.models import Branch
from catalog.models import Record
from circulation.enums import Refusal
from circulation.port import Capability, Outcome, Refused, library_system
from mylibrary import session
from mylibrary.access import patron_page
from mylibrary.holding import services
from mylibrary.holding.models import MAXIMUM_ENTRIES, BasketEntry, PickupChoice
from mylibrary.holding.offer import waiting
from mylibrary.usage import words
from mylibrary.usage.forms import PickupForm
from patrons.models import Patron
from ui.pages import button_of, is_from_here, number_of, open_form_page, render_form, sent_data


@patron_page
def new(request: HttpRequest, patron: Patron) -> HttpResponse:
    """予約する: how many wait, where it is fetched; placed by its button only."""
    record = _record(request)
    if Capability.REQUEST not in library_system().capabilities:
        return _refused(request, Refusal.NOT_OFFERED)
    if record is None:
        return _refused(request, Refusal.NO_ITEMS)
    form = PickupForm(sent_data(request), pickup=_last_pickup(patron))
    refusal = ""
    if form.is_valid():
        branch = form.cleaned_data["pickup"]
        try:
            outcome = services.place(patron=patron, record=record, pickup=branch)
        except Refused as refused:
            refusal = str(refused.refusal.label)
        else:
            said = (
                _("「%(title)s」を予約しました。") % {"title": record}
                if outcome == Outcome.DONE
                else words.ASKED[Capability.REQUEST]
            )
            messages.success(request, said)
            return redirect(reverse("mylibrary:usage", fragment="holds"))
    context = {
        "record": record,
        "form": form,
        "waiting": waiting(record),
        "refusal": refusal,
        "is_in_basket": BasketEntry.objects.of(patron).filter(record=record).exists(),
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "mylibrary/holding/new.html", context, status=status)


@patron_page
def basket(request: HttpRequest, patron: Patron) -> HttpResponse:
    """予約かご: all that is in it is placed at once, and what became of each is told."""
    form = PickupForm(sent_data(request), pickup=_last_pickup(patron))
    if form.is_valid():
        branch: Branch = form.cleaned_data["pickup"]
        outcomes = services.place_all(patron=patron, pickup=branch)
        if outcomes:
            # Sent twice, what the first has done is still to be told.
            session.keep_outcomes(request, session.PLACED, outcomes)
        return redirect("mylibrary:basket")
    outcomes = {} if form.errors else session.take_outcomes(request, session.PLACED)
    entries = list(BasketEntry.objects.of(patron).with_record())
    for entry in entries:
        refusal = words.REFUSALS.get(outcomes.get(entry.record_id, ""))
        entry.said = refusal.label if refusal else ""  # type: ignore[attr-defined]
    context = {
        "entries": entries,
        "form": form,
        "can_request": Capability.REQUEST in library_system().capabilities,
        "placed": _placed(outcomes, entries, Outcome.DONE.value, Refusal.HELD_ALREADY),
        "asked": _placed(outcomes, entries, Outcome.ASKED.value, Refusal.ASKED_ALREADY),
        "refused": sum(bool(entry.said) for entry in entries),  # type: ignore[attr-defined]
    }
    return render_form(request, "mylibrary/holding/basket.html", context)


# As the button for My本棚 (`mylibrary.bookshelf.entry_views.add`): the catalogue's pages have no
# token, and what no page of ours has sent is asked about.
@csrf_exempt
@open_form_page
def add(request: HttpRequest) -> HttpResponse:
    """予約かごに入れる, from any list of works; the login leads who is nobody on to the hold."""
    record = number_of(request.POST.get("record", ""))
    address = reverse("mylibrary:hold_new", query={"record": record})
    if not request.user.is_authenticated:
        return redirect_to_login(address)
    if request.method != "POST" or not is_from_here(request):
        return redirect(address)
    return put(request)


@patron_page
@button_of("mylibrary:basket")
def put(request: HttpRequest, patron: Patron) -> HttpResponse:
    """予約かごに入れる, from the page of one hold, with its token."""
    try:
        record = services.put(patron=patron, record_id=number_of(request.POST.get("record", "")))
        is_put, said = True, _("「%(title)s」を予約かごに入れました。") % {"title": record}
    except services.NoSuchRecord:
        is_put, said = False, str(Refusal.NO_ITEMS.label)
    except services.BasketFull:
        is_put = False
        said = (
            _("予約かごには%s件まで入ります。予約するか、かごから出してから、入れてください。")
            % MAXIMUM_ENTRIES
        )
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"said": said, "put": is_put})
    (messages.success if is_put else messages.info)(request, said)
    return redirect("mylibrary:basket")


@patron_page
@button_of("mylibrary:basket")
def remove(request: HttpRequest, patron: Patron) -> HttpResponse:
    """かごから出す."""
    record = number_of(request.POST.get("record", ""))
    if record and services.take_out(patron=patron, record_id=record):
        messages.success(request, _("予約かごから出しました。"))
    return redirect("mylibrary:basket")


def _record(request: HttpRequest) -> Record | None:
    number = number_of(request.POST.get("record") or request.GET.get("record") or "")
    return Record.objects.present().without_keys().filter(pk=number).first()


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    messages.info(request, str(refusal.label))
    return redirect("mylibrary:basket")


def _last_pickup(patron: Patron) -> Branch | None:
    chosen = PickupChoice.objects.filter(patron=patron).select_related("branch").first()
    return chosen.branch if chosen and not patron.is_withheld else None


def _placed(outcomes: dict[int, str], entries: list[BasketEntry], *codes: str) -> list[Record]:
    """Return what is out of the basket with one of these outcomes.

    HELD_ALREADY and ASKED_ALREADY are those of a button that was pressed twice.
    """
    left = {entry.record_id for entry in entries}
    ids = [one for one, code in outcomes.items() if code in codes and one not in left]
    found = Record.objects.without_keys().in_bulk(ids) if ids else {}
    return [found[one] for one in ids if one in found]
