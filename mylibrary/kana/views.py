"""名前カタカナの変更: asked for here, decided by staff."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mylibrary.access import patron_page
from mylibrary.errors import TooOften
from mylibrary.kana.forms import KanaForm
from mylibrary.kana.models import KanaRequest
from mylibrary.kana.services import KanaRequestWaits, ask_for_kana, cancel_kana_request
from patrons.models import Patron
from ui.pages import button_of, too_often

WAITS = _("名前カタカナの変更は、図書館で確認しています。")


@patron_page
def kana_request(request: HttpRequest, patron: Patron) -> HttpResponse:
    """名前カタカナの変更; after a new name the patron confirms the kana without the staff."""
    if patron.kana_outdated:
        return redirect("mylibrary:moved")
    if KanaRequest.objects.waiting_of(patron):
        return _waits(request)
    if request.method != "POST":
        return _page(request, patron, KanaForm(patron=patron))
    form = KanaForm(request.POST, patron=patron)
    if not form.is_valid():
        return _page(request, patron, form, status=422)
    try:
        ask_for_kana(patron=patron, kana=form.kana)
    except KanaRequestWaits:
        return _waits(request)
    except TooOften as refusal:
        form.add_error(None, too_often(gettext("申し込みが続いています"), refusal.wait))
        return _page(request, patron, form, status=429)
    messages.success(
        request, gettext("名前カタカナの変更を申し込みました。図書館で確認して、お知らせします。")
    )
    return redirect("mylibrary:profile")


@patron_page
@button_of("mylibrary:profile")
def cancel(request: HttpRequest, patron: Patron) -> HttpResponse:
    """申し込みを取り消す: by its button only."""
    if cancel_kana_request(patron=patron):
        messages.success(request, gettext("名前カタカナの変更の申し込みを取り消しました。"))
    else:
        messages.info(
            request, gettext("取り消す申し込みはありません。図書館での確認が終わっています。")
        )
    return redirect("mylibrary:profile")


def _waits(request: HttpRequest) -> HttpResponse:
    messages.info(request, WAITS)
    return redirect("mylibrary:profile")


def _page(
    request: HttpRequest, patron: Patron, form: KanaForm, *, status: int = 200
) -> HttpResponse:
    context = {"patron": patron, "form": form}
    return render(request, "mylibrary/kana/change.html", context, status=status)
