"""Requests for erasure: the list that shows their age, and the page where staff decide."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from mylibrary.own_data.enums import DeclineReason, ErasureState
from mylibrary.own_data.erasure import confirm_erasure, decline_erasure
from mylibrary.own_data.errors import ErasureClosed
from mylibrary.own_data.forms import ERASE, ErasureDecisionForm
from mylibrary.own_data.models import ErasureRequest
from registration.review.comparison import days_waiting
from staff.deciding import DecidedByStaff, WaitingFilter
from staff.read_only import EMPTY

ERASED = "個人情報を消去しました。利用者に、消去が終わったことをメールで知らせます。"
DECLINED = "消去しないと決定しました。利用者に、理由を知らせます。"
CLOSED = (
    "決定は記録されていません。利用者が申し込みを取り消したか、ほかの職員が先に決定しています。"
)


class SituationFilter(WaitingFilter):
    """Waiting requests unless others are asked for."""

    waiting = "受付中"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "すべて")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() == "all" else queryset.open()


@admin.register(ErasureRequest)
class ErasureRequestAdmin(DecidedByStaff):
    """The oldest first; one is decided on in two steps."""

    decide_permission = "mylibrary.decide_erasurerequest"

    list_display = ("requested_at", "number", "state", "waited", "closed_at", "staff")
    list_filter = (SituationFilter,)
    list_select_related = ("patron", "staff")
    ordering = ("requested_at", "pk")

    @admin.display(description="利用者番号", ordering="patron__number")
    def number(self, erasure: ErasureRequest) -> str:
        return erasure.patron.number

    @admin.display(description="待ち日数", ordering="requested_at")
    def waited(self, erasure: ErasureRequest) -> str:
        days = days_waiting(erasure.requested_at, timezone.now())
        return EMPTY if erasure.closed_at else f"{days}日"

    def shown(self, request: HttpRequest, row: ErasureRequest) -> HttpResponse:
        """Show a request."""
        return self._page(request, row, ErasureDecisionForm())

    def sent(self, request: HttpRequest, row: ErasureRequest) -> HttpResponse:
        """Take a decision in two steps: choose, then agree to what follows."""
        back = "back" in request.POST
        final = "final" in request.POST and not back
        form = ErasureDecisionForm(request.POST, final=final)
        if not form.is_valid():
            again = final and form.errors.keys() == {"checked"}
            return self._page(request, row, form, confirming=again, status=422)
        if not final:
            return self._page(request, row, form, confirming=not back)
        decision = {
            "request_id": row.pk,
            "staff": request.user,
            "note": form.cleaned_data["note"],
        }
        try:
            if form.erases:
                confirm_erasure(**decision)
            else:
                decline_erasure(**decision, reason=form.reason)
        except ErasureClosed:
            messages.error(request, CLOSED)
            row.refresh_from_db()
            return self._page(request, row, ErasureDecisionForm(note=decision["note"]), status=409)
        messages.success(request, ERASED if form.erases else DECLINED)
        return redirect("admin:mylibrary_erasurerequest_changelist")

    def _page(
        self,
        request: HttpRequest,
        erasure: ErasureRequest,
        form: ErasureDecisionForm,
        *,
        confirming: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        is_open = erasure.state == ErasureState.OPEN
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "個人情報の消去の申し込み",
            "erasure": erasure,
            "form": form,
            "confirming": confirming and is_open,
            "is_open": is_open,
            "may_decide": is_open and self.may_decide(request),
            "days_waiting": days_waiting(erasure.requested_at, timezone.now()),
            "erase": ERASE,
            "reasons": DeclineReason.choices,
        }
        name = "confirm" if context["confirming"] else "request"
        return TemplateResponse(
            request, f"admin/mylibrary/erasurerequest/{name}.html", context, status=status
        )
