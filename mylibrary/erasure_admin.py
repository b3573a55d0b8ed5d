"""Requests for erasure: the list that shows their age, and the page where staff decide."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from mylibrary.enums import DeclineReason, ErasureState
from mylibrary.erasure_forms import ERASE, ErasureDecisionForm
from mylibrary.erasure_services import confirm_erasure, decline_erasure
from mylibrary.errors import ErasureClosed
from mylibrary.models import ErasureRequest
from registration.read_only import EMPTY, ReadOnly

ERASED = "個人情報を消去しました。利用者に、消去が終わったことをメールで知らせます。"
DECLINED = "消去しないと決定しました。利用者に、理由を知らせます。"
CLOSED = (
    "決定は記録されていません。利用者が申し込みを取り消したか、ほかの職員が先に決定しています。"
)


class OpenFilter(admin.SimpleListFilter):
    """Waiting requests unless others are asked for."""

    title = "状況"
    parameter_name = "situation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "すべて")]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = "受付中"
        return choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() == "all" else queryset.open()


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnly, admin.ModelAdmin):
    """The oldest first; one is decided on its own page, in two steps."""

    list_display = ("requested_at", "number", "state", "waited", "closed_at", "staff")
    list_filter = (OpenFilter,)
    list_select_related = ("patron", "staff")
    ordering = ("requested_at", "pk")
    list_per_page = 50

    @admin.display(description="利用者番号", ordering="patron__number")
    def number(self, erasure: ErasureRequest) -> str:
        return erasure.patron.number

    @admin.display(description="待ち日数", ordering="requested_at")
    def waited(self, erasure: ErasureRequest) -> str:
        return EMPTY if erasure.closed_at else f"{_days_waiting(erasure)}日"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a request and take a decision in two steps: choose, then agree to what follows."""
        erasure = self.get_object(request, unquote(object_id))
        if erasure is None:
            raise Http404
        if not self.has_view_permission(request, erasure):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, erasure, ErasureDecisionForm())
        if not self.may_decide(request):
            raise PermissionDenied
        return self._sent(request, erasure)

    def may_decide(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may decide."""
        return request.user.has_perm("mylibrary.decide_erasurerequest")

    def _sent(self, request: HttpRequest, erasure: ErasureRequest) -> HttpResponse:
        back = "back" in request.POST
        final = "final" in request.POST and not back
        form = ErasureDecisionForm(request.POST, final=final)
        if not form.is_valid():
            again = final and form.errors.keys() == {"checked"}
            return self._page(request, erasure, form, confirming=again, status=422)
        if not final:
            return self._page(request, erasure, form, confirming=not back)
        decision = {
            "request_id": erasure.pk,
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
            erasure.refresh_from_db()
            return self._page(
                request, erasure, ErasureDecisionForm(note=decision["note"]), status=409
            )
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
            "days_waiting": _days_waiting(erasure),
            "erase": ERASE,
            "reasons": DeclineReason.choices,
        }
        name = "confirm" if context["confirming"] else "request"
        return TemplateResponse(
            request, f"admin/mylibrary/erasurerequest/{name}.html", context, status=status
        )


def _days_waiting(erasure: ErasureRequest) -> int:
    return max((timezone.now() - erasure.requested_at).days, 0)
