"""自分の情報: what the library holds about the patron, as a page and a file, and its erasure."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.access import patron_page
from mylibrary.own_data import file as own_data
from mylibrary.own_data.erasure import ask_for_erasure, cancel_erasure
from mylibrary.own_data.models import ErasureRequest
from mylibrary.signin.authentication import NotReauthenticated, reauthenticate
from mylibrary.signin.forms import OwnPasswordForm
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from patrons import privacy_notice
from patrons.models import Patron
from patrons.personal_data_registry import tell


@patron_page
def privacy(request: HttpRequest, patron: Patron) -> HttpResponse:
    """自分の情報: everything that is held about the patron."""
    context = {
        "sections": list(tell(patron)),
        "erasure": ErasureRequest.objects.open_of(patron),
    }
    return render(request, "mylibrary/own_data/privacy.html", context)


@patron_page
def download(request: HttpRequest, patron: Patron) -> HttpResponse:
    """The same as a file; by its button only."""
    if request.method != "POST":
        return redirect("mylibrary:privacy")
    record(Event.OWN_DATA_DOWNLOADED, patron_id=patron.pk, reason="download")
    return HttpResponse(
        own_data.as_json(list(tell(patron))),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{own_data.file_name()}"'},
    )


@leads_to_identity_service
@patron_page
@sensitive_post_parameters()
def erase(request: HttpRequest, patron: Patron) -> HttpResponse:
    """個人情報の消去: what it means, and the request for it.

    The patron proves once more who it is: with the own password, or by a recent login by card.
    """
    if ErasureRequest.objects.open_of(patron):
        return redirect("mylibrary:privacy")
    if session.is_strong_login(request) and session.has_authenticated_recently(request):
        return _asked(request, patron) if request.method == "POST" else _page(request, patron)
    if request.method != "POST" or not patron.has_own_password:
        return _page(request, patron, OwnPasswordForm())
    form = OwnPasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, patron, form, status=422)
    try:
        reauthenticate(request=request, patron=patron, **form.cleaned_data)
    except NotReauthenticated as refusal:
        form.add_error("password", refusal.message)
        return _page(request, patron, form, status=refusal.status)
    return _asked(request, patron)


@patron_page
def cancel(request: HttpRequest, patron: Patron) -> HttpResponse:
    """取り消す: by its button only."""
    if request.method == "POST" and cancel_erasure(patron=patron):
        messages.success(
            request, "個人情報の消去の申し込みを取り消しました。何も消去されていません。"
        )
    return redirect("mylibrary:privacy")


def _asked(request: HttpRequest, patron: Patron) -> HttpResponse:
    ask_for_erasure(patron=patron)
    messages.success(request, "個人情報の消去を申し込みました。職員が確認します。")
    return redirect("mylibrary:privacy")


def _page(
    request: HttpRequest, patron: Patron, form: OwnPasswordForm | None = None, *, status: int = 200
) -> HttpResponse:
    """Show what erasing means; `form` is None where nothing more has to be proved."""
    context = {
        "patron": patron,
        "form": form,
        "by_password": patron.has_own_password,
        "here": request.path,
        "privacy_notice": privacy_notice.CURRENT,
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/own_data/erase.html", context, status=status)
