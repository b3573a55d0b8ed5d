"""The site's addresses and, beside them, what the product never does: a specimen form, faults."""

import copy
from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.utils import ConnectionHandler
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.http import require_POST

from oita_library.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]

SPECIMEN = Path(__file__).parent / "specimen.html"


class PlainForm(forms.Form):
    use_required_attribute = False


class SpecimenForm(PlainForm):
    last = forms.CharField(
        label="姓",
        help_text="ひらがなで入力できます。",
        error_messages={"required": "姓を入力してください"},
    )
    first = forms.CharField(label="名", error_messages={"required": "名を入力してください"})
    phone = forms.CharField(
        label="電話番号（半角）",
        help_text="例：0970000000",
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
        error_messages={"required": "電話番号を入力してください"},
    )
    contact = forms.ChoiceField(
        label="予約連絡方法", choices=[("none", "不要"), ("email", "メール")]
    )


@login_not_required
def specimen(request: HttpRequest) -> HttpResponse:
    form = SpecimenForm(request.POST or None, initial={"contact": "email"})
    status = 422 if form.is_bound and not form.is_valid() else 200
    page = engines["django"].from_string(SPECIMEN.read_text()).render({"form": form}, request)
    return HttpResponse(page, status=status)


@login_not_required
def elsewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<title>elsewhere</title>")


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


@login_not_required
def refused(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


@login_not_required
def read_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse(len(request.POST))


@login_not_required
@require_POST
def button_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("pressed")


@login_not_required
def database_down(request: HttpRequest, pooled: str) -> HttpResponse:
    """Ask a database that is not there, as a view would, with the site's own driver settings."""
    database = copy.deepcopy(settings.DATABASES["default"]) | {"HOST": "127.0.0.1", "PORT": "1"}
    database["OPTIONS"]["pool"] = (
        {"min_size": 0, "max_size": 1, "timeout": 0.1} if pooled == "pooled" else False
    )
    # A name of its own: Django keeps one pool per name.
    connection = ConnectionHandler({"default": database, "unreachable": database})["unreachable"]
    try:
        connection.ensure_connection()
    finally:
        if pooled == "pooled":
            connection.close_pool()
    return HttpResponse("connected")


urlpatterns = [
    *urlpatterns,
    path("specimen/", specimen),
    path("specimen/elsewhere/", elsewhere),
    path("broken/", broken),
    path("refused/", refused),
    path("read-post/", read_post),
    path("button-only/", button_only),
    path("database-down/<pooled>/", database_down),
]
