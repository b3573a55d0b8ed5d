"""Admin pages on which staff decide: the list with what waits first, and each row's own page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import User
from characters.text import StrOrPromise
from staff.base import ReadOnly, StaffModelAdmin, member_of_staff, remember_row
from ui.forms import VisibleField

NOTE_LENGTH = 1000
NOTHING_PERSONAL = "記録として残るので、名前や電話番号などの個人情報は書かないでください。"


def days_waiting(since: datetime | None) -> int:
    """Return for how many whole days something has waited; 0 where it does not."""
    return max((timezone.now() - since).days, 0) if since else 0


def note_field(of: StrOrPromise, more: StrOrPromise = "") -> VisibleField:
    """Return the field for a note `of` something, with `more` to know about it."""
    return VisibleField(
        label="メモ",
        help_text=f"{of}。{NOTHING_PERSONAL}{more}",
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 3, "cols": 80}),
        error_messages={
            "required": f"メモに、{of}を書いてください。",
            "max_length": f"メモは{NOTE_LENGTH}文字までです。",
        },
    )


class WaitingFilter(admin.SimpleListFilter):
    """What waits, called `waiting`, unless others are asked for."""

    title = "状況"
    parameter_name = "situation"
    waiting: StrOrPromise

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = self.waiting
        return choices


class DecisionAdmin(ReadOnly, StaffModelAdmin):
    """Rows that are looked at by whoever may view them, and decided on with `decide_permission`.

    A decision is sent once where `consent` is "", otherwise in two steps: chosen, then agreed to
    on the page `confirm.html`; `consent` names the field that may be missing there. `template` is
    the row's own page. What the page shows and sends is a *case*: the row, or what is made of it.

    `closed` is said where it does not wait any more, `gone` where there is no row any more, and
    `not_recorded` maps what `compare_with_shown` and `decide` raise to what is said.
    """

    decide_permission: str
    heading: str
    template: str
    consent = ""
    closed: str
    gone = ""
    not_recorded: Mapping[type[Exception], str]
    list_per_page = 50

    def case(self, row: Any) -> Any:
        return row

    def is_waiting(self, row: Any) -> bool:
        raise NotImplementedError

    def decision_form(
        self, case: Any, data: Any = None, *, final: bool = False, note: str = ""
    ) -> Any:
        """Return the form of a decision; `final` is one that is agreed to."""
        raise NotImplementedError

    def compare_with_shown(self, case: Any, form: Any) -> None:
        """Raise where the decision cannot be taken on what was shown."""

    def decide(self, case: Any, form: Any, staff: User) -> str:
        """Take the decision and return what is said about it."""
        raise NotImplementedError

    def context(self, case: Any, *, waiting: bool) -> dict[str, Any]:
        """Return what the templates show of a case."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        is_sent = request.method == "POST"
        if not self.has_view_permission(request, row) or (is_sent and not self._may(request)):
            raise PermissionDenied
        if is_sent:
            return self._sent(request, row)
        case = self.case(row)
        return self._page(request, row, case, self.decision_form(case))

    def _may(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.decide_permission)

    def _sent(self, request: HttpRequest, row: Any) -> HttpResponse:
        if not self.is_waiting(row):
            return self._not_recorded(request, row, self.closed)
        case = self.case(row)
        back = "back" in request.POST
        final = not self.consent or ("final" in request.POST and not back)
        form = self.decision_form(case, request.POST, final=final)
        if not form.is_valid():
            again = final and form.errors.keys() == {self.consent}
            return self._page(request, row, case, form, confirming=again, status=422)
        try:
            self.compare_with_shown(case, form)
            if not final:
                return self._page(request, row, case, form, confirming=not back)
            done = self.decide(case, form, member_of_staff(request))
        except tuple(self.not_recorded) as refusal:
            return self._not_recorded(request, row, self.not_recorded[type(refusal)])
        messages.success(request, done)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _not_recorded(self, request: HttpRequest, row: Any, why: str) -> HttpResponse:
        """Show the row as it is now, why nothing was recorded, and the note that was typed."""
        now = self.get_queryset(request).filter(pk=row.pk).first()
        messages.error(request, why if now else self.gone or why)
        if now is None:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        case = self.case(now)
        form = self.decision_form(case, note=request.POST.get("note", ""))
        return self._page(request, now, case, form, status=409)

    def _page(
        self,
        request: HttpRequest,
        row: Any,
        case: Any,
        form: Any,
        *,
        confirming: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        remember_row(request, row)
        waiting = self.is_waiting(row)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.heading,
            "form": form,
            "confirming": confirming,
            "waiting": waiting,
            "may_decide": waiting and self._may(request),
            **self.context(case, waiting=waiting),
        }
        folder = f"admin/{self.opts.app_label}/{self.opts.model_name}"
        name = "confirm.html" if confirming else self.template
        return TemplateResponse(request, f"{folder}/{name}", context, status=status)
