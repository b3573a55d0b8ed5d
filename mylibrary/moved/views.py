"""What a patron confirms after the card showed a new name or address."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from mylibrary.access import patron_page
from mylibrary.errors import PageStale
from mylibrary.moved.forms import OUTDATED_FIELDS, OutdatedForm
from mylibrary.moved.services import confirm_moved, mark_of
from patrons.models import Patron
from ui.stale_page import Shown

DONE = "利用者情報を変更しました。"


@patron_page
def moved(request: HttpRequest, patron: Patron) -> HttpResponse:
    """郵便番号とカタカナを確かめてください: what a move made outdated and no card tells."""
    if request.method != "POST":
        if not _is_outdated(patron):
            return redirect("mylibrary:profile")
        return _page(request, patron, OutdatedForm(patron=patron))
    mark = Shown.sent(request.POST).mark
    if mark != mark_of(patron):
        return _stale(request, patron)
    form = OutdatedForm(request.POST, patron=patron)
    if not form.is_valid():
        return _page(request, patron, form, status=422)
    try:
        confirm_moved(patron=patron, mark=mark, **form.confirmed())
    except PageStale as conflict:
        return _stale(request, conflict.patron)
    messages.success(request, DONE)
    return redirect("mylibrary:profile")


def _is_outdated(patron: Patron) -> bool:
    return patron.kana_outdated or patron.postal_code_outdated


def _stale(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Show what is stored by now, with what was typed: nothing of that is stored."""
    if not _is_outdated(patron):
        return _confirmed_elsewhere(request, patron)
    stored = {name: getattr(patron, name) for name in OUTDATED_FIELDS}
    form = OutdatedForm(stored | request.POST.dict(), patron=patron)
    form.is_valid()  # so that an unknown postal code is asked about on the same page
    return _page(request, patron, form, status=409)


def _confirmed_elsewhere(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Say what is stored where that is not what was typed: nothing is left to confirm."""
    asked = [name for name in OUTDATED_FIELDS if name in request.POST]
    form = OutdatedForm(request.POST, patron=patron, asked=asked)
    form.is_valid()
    typed = {name: form.cleaned_data.get(name, request.POST[name]) for name in asked}
    differences = [
        (form.fields[name].label, getattr(patron, name), typed[name])
        for name in asked
        if typed[name] != getattr(patron, name)
    ]
    # A second press of the same button finds what the first one has stored.
    if not differences:
        messages.success(request, DONE)
        return redirect("mylibrary:profile")
    context = {"differences": differences}
    return render(request, "mylibrary/moved/over.html", context, status=409)


def _page(
    request: HttpRequest, patron: Patron, form: OutdatedForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "patron": patron,
        "form": form,
        "mark": mark_of(patron),
        "is_conflict": status == 409,
        "postal_code_to_confirm": form.postal_code_to_confirm,
    }
    return render(request, "mylibrary/moved/moved.html", context, status=status)
