"""情報秘匿 at the counter: set and ended at the person's request, and opened for a reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from patrons.models import Patron
from patrons.residency import MUNICIPALITY_NAMES
from patrons.revealing.session import as_seen
from patrons.services import PatronErased
from patrons.withholding.models import OpeningReason
from patrons.withholding.services import NotWithheld, end_withholding, open_withheld, withhold
from staff.base import EMPTY, StaffModelAdmin, member_of_staff
from staff.decision_forms import note_field

PERMISSION = "patrons.decide_withholding"
WITHHELD = "情報秘匿を設定しました。"
ENDED = "情報秘匿を解除しました。"
CLOSED = "変更していません。ほかの職員が先に変更しています。"
ERASED = "変更していません。この利用者の個人情報は、消去されました。"
OPENED = "情報秘匿の内容を表示しました（{reason}）。"


class StepForm(forms.Form):
    """Setting or ending, with what was asked for and how it is known who asks."""

    note = note_field("本人の申し出の内容と、本人と確かめた方法")


class OpeningForm(forms.Form):
    """The reason to look at what is withheld: one of those known, and in words."""

    reason = forms.ChoiceField(
        label="理由",
        choices=OpeningReason,
        widget=forms.RadioSelect,
        error_messages={
            "required": "表示する理由を選んでください。",
            "invalid_choice": "表示する理由を選んでください。",
        },
    )
    note = note_field("表示が必要な事情")


class WithholdingTool(StaffModelAdmin):
    """What a patron's page gets: the page 情報秘匿, for whoever has the permission."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        view, name = self.admin_site.admin_view(self.withholding_view), "patrons_patron_withholding"
        return [path("<int:patron_id>/withholding/", view, name=name), *super().get_urls()]

    def withholding_view(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Show whether a patron is withheld and by whom; set, end, or open it in this answer."""
        if not (request.user.has_perm(PERMISSION) and self.has_view_permission(request)):
            raise PermissionDenied
        patron = self.get_object(request, str(patron_id))
        if patron is None or patron.erased_at:
            raise Http404
        if request.method != "POST":
            return self._withholding_page(request, patron)
        try:
            if "open" in request.POST:
                return self._opened(request, patron)
            return self._changed(request, patron)
        except PatronErased:
            messages.error(request, ERASED)
            return redirect("admin:patrons_patron_change", patron.pk)

    def _changed(self, request: HttpRequest, patron: Patron) -> HttpResponse:
        form = StepForm(request.POST)
        if not form.is_valid():
            return self._withholding_page(request, patron, step=form, status=422)
        ends = "end" in request.POST
        decide, done = (end_withholding, ENDED) if ends else (withhold, WITHHELD)
        staff, note = member_of_staff(request), form.cleaned_data["note"]
        if not decide(patron=patron, staff=staff, note=note):
            messages.error(request, CLOSED)
            now = Patron.objects.get(pk=patron.pk)
            return self._withholding_page(request, now, step=StepForm(request.POST), status=409)
        self.log_change(request, patron, done)
        messages.success(request, done)
        return redirect("admin:patrons_patron_withholding", patron.pk)

    def _opened(self, request: HttpRequest, patron: Patron) -> HttpResponse:
        form = OpeningForm(request.POST)
        if not form.is_valid():
            return self._withholding_page(request, patron, opening=form, status=422)
        reason, note = OpeningReason(form.cleaned_data["reason"]), form.cleaned_data["note"]
        try:
            stored = open_withheld(
                patron=patron, staff=member_of_staff(request), reason=reason, note=note
            )
        except NotWithheld:
            messages.error(request, CLOSED)
            return redirect("admin:patrons_patron_withholding", patron.pk)
        self.log_change(request, patron, OPENED.format(reason=reason.label))
        return self._withholding_page(request, stored, opened=_values(stored))

    def _withholding_page(
        self,
        request: HttpRequest,
        patron: Patron,
        *,
        step: StepForm | None = None,
        opening: OpeningForm | None = None,
        opened: Any = (),
        status: int = 200,
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "情報秘匿",
            "patron": as_seen(request, patron),
            "step": step or StepForm(auto_id="step_%s"),
            "opening": opening or OpeningForm(auto_id="open_%s"),
            "opened": opened,
            "acts": patron.withholding_acts.select_related("staff"),
        }
        name = "admin/patrons/patron/withholding.html"
        return TemplateResponse(request, name, context, status=status)


def _values(patron: Patron) -> list[tuple[str, str]]:
    """Return what is withheld, each with its label, in the order of the patron's own page."""
    municipality = MUNICIPALITY_NAMES.get(patron.municipality_code, "")
    rows = [("郵便番号", patron.postal_code), ("住所", patron.address), ("市町", municipality)]
    rows += [("電話番号", patron.phone), ("E-mail", patron.email)]
    return [(label, value or EMPTY) for label, value in rows]
