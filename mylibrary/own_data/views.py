"""自分の情報: what the library holds about the patron, as a page and a file, and its erasure."""

import json
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.access import patron_page
from mylibrary.own_data.models import ErasureRequest
from mylibrary.own_data.services import ask_for_erasure, cancel_erasure
from mylibrary.signin.authentication import NotReauthenticated, reauthenticate
from mylibrary.signin.forms import OwnPasswordForm
from myna_auth.pages import leads_to_identity_service, mynumber_notes
from patrons.models import Patron
from patrons.personal_data_registry import Section, tell
from ui.pages import button_of

FORMAT = "oita-library-my-data"
FORMAT_VERSION = 1


@patron_page
def privacy(request: HttpRequest, patron: Patron) -> HttpResponse:
    """自分の情報: everything that is held about the patron."""
    erasure = ErasureRequest.objects.open_of(patron)
    context = {"sections": list(tell(patron)), "erasure": erasure}
    return render(request, "mylibrary/own_data/privacy.html", context)


@patron_page
@button_of("mylibrary:privacy")
def download(request: HttpRequest, patron: Patron) -> HttpResponse:
    """The same as a file, named after the day alone; by its button only."""
    record(Event.OWN_DATA_DOWNLOADED, patron_id=patron.pk, reason="download")
    name = f"{FORMAT}-{timezone.localdate():%Y%m%d}.json"
    return HttpResponse(
        as_json(list(tell(patron))),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def as_json(sections: list[Section]) -> str:
    """Return own data as JSON with English keys, see docs/my-data.md.

    Moments are ISO 8601 with the offset of Japan.
    """
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "library": settings.LIBRARY_NAME,
        "created_at": timezone.now(),
        "data": {section.key: _content(section) for section in sections},
    }
    return json.dumps(document, ensure_ascii=False, indent=2, default=_written)


def _content(section: Section) -> Any:
    records = [{entry.key: entry.value for entry in record} for record in section.records]
    return records if section.several else records[0]


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in the file")


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
@button_of("mylibrary:privacy")
def cancel(request: HttpRequest, patron: Patron) -> HttpResponse:
    """取り消す: by its button only."""
    if cancel_erasure(patron=patron):
        messages.success(
            request, _("個人情報の消去の申し込みを取り消しました。何も消去されていません。")
        )
    return redirect("mylibrary:privacy")


def _asked(request: HttpRequest, patron: Patron) -> HttpResponse:
    ask_for_erasure(patron=patron)
    messages.success(request, _("個人情報の消去を申し込みました。職員が確認します。"))
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
        **mynumber_notes(request),
    }
    return render(request, "mylibrary/own_data/erase.html", context, status=status)
