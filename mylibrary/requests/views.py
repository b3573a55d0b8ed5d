"""リクエスト: a patron's own wishes, the form, and taking one back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from mylibrary.access import patron_page
from mylibrary.errors import TooOften
from mylibrary.requests.filled import from_address
from mylibrary.requests.forms import SuggestionForm
from mylibrary.requests.models import PurchaseSuggestion
from mylibrary.requests.services import (
    MOST_UNDECIDED,
    SuggestedAlready,
    TooManyWait,
    left_of,
    suggest,
    withdraw,
)
from patrons.models import Patron
from ui.pages import button_of, sentences, too_often

# Of those that have ended; all of them are in the file of own data.
MOST_CLOSED = 50


@patron_page
def requests(request: HttpRequest, patron: Patron) -> HttpResponse:
    """リクエスト: what the patron asked for, what became of it, and how many more may be asked."""
    own = list(PurchaseSuggestion.objects.of_patron(patron))
    context = {
        "open": [one for one in own if one.is_open],
        "closed": [one for one in own if not one.is_open][:MOST_CLOSED],
        "left": max(MOST_UNDECIDED - sum(one.is_undecided for one in own), 0),
        "most": MOST_UNDECIDED,
    }
    return render(request, "mylibrary/requests/requests.html", context)


@patron_page
def new(request: HttpRequest, patron: Patron) -> HttpResponse:
    """The form; 422 where something is wrong, and nothing is stored while it asks a question."""
    if request.method != "POST":
        return _page(request, patron, SuggestionForm(initial=from_address(request.GET)))
    form = SuggestionForm(request.POST)
    if not form.is_valid():
        return _page(request, patron, form, status=422)
    if form.questions:
        return _page(request, patron, form)
    try:
        suggest(patron=patron, wish=form.wish)
    except SuggestedAlready:
        # Sent twice, too.
        messages.info(request, gettext("この資料は、すでにリクエストしています。"))
        return redirect("mylibrary:requests")
    except TooManyWait:
        return _page(request, patron, form, status=409)
    except TooOften as refusal:
        form.add_error(None, too_often(gettext("リクエストが続いています"), refusal.wait))
        return _page(request, patron, form, status=429)
    messages.success(request, sentences(gettext("リクエストを受け付けました。"), _left(patron)))
    return redirect("mylibrary:requests")


@patron_page
@button_of("mylibrary:requests")
def take_back(request: HttpRequest, patron: Patron, public_id: UUID) -> HttpResponse:
    """取り下げる: by its button only."""
    if withdraw(patron=patron, public_id=public_id):
        messages.success(request, gettext("リクエストを取り下げました。"))
    else:
        said = gettext(
            "取り下げるリクエストがありません。図書館で決まったか、取り下げが済んでいます。"
        )
        messages.info(request, said)
    return redirect("mylibrary:requests")


def _left(patron: Patron) -> str:
    left = left_of(patron)
    if not left:
        return gettext("回答があるまで、新しいリクエストはできません。")
    said = ngettext(
        "あと%(left)s件リクエストできます。", "あと%(left)s件リクエストできます。", left
    )
    return said % {"left": left}


def _page(
    request: HttpRequest, patron: Patron, form: SuggestionForm, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "left": left_of(patron), "most": MOST_UNDECIDED}
    return render(request, "mylibrary/requests/new.html", context, status=status)
