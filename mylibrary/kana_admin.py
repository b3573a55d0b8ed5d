"""Wishes for another kana: the list with their age, and the page where staff decide."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from mylibrary.enums import KanaState
from mylibrary.errors import KanaChangeClosed
from mylibrary.kana_forms import KanaDecisionForm
from mylibrary.kana_services import decide_kana_change
from mylibrary.models import KanaChange, KanaChangeQuerySet
from patrons.errors import KanaChanged
from patrons.move_services import is_kana_as_before
from registration.read_only import EMPTY, ReadOnly
from registration.review import days_waiting

WAITING_FIRST = Case(When(state=KanaState.REQUESTED, then=0), default=1).asc()
DONE = {
    True: "承認しました。名前カタカナを変更し、利用者に知らせます。",
    False: "見送りました。名前カタカナは変わりません。利用者に知らせます。",
}
CLOSED = "決定は記録されていません。ほかの職員が先に決定したか、利用者が取り消しています。"
CHANGED = (
    "決定は記録されていません。申し込みのあとで、利用者の名前かカタカナが変わりました。"
    "このままでは承認できません。"
)


class WaitingFilter(admin.SimpleListFilter):
    """Waiting wishes unless others are asked for."""

    title = "状況"
    parameter_name = "situation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("closed", "終了"), ("all", "すべて")]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = KanaState.REQUESTED.label
        return choices

    def queryset(self, request: HttpRequest, queryset: KanaChangeQuerySet) -> KanaChangeQuerySet:
        match self.value():
            case "closed":
                return queryset.closed()
            case "all":
                return queryset
        return queryset.waiting()


@admin.register(KanaChange)
class KanaChangeAdmin(ReadOnly, admin.ModelAdmin):
    """Waiting wishes first, the oldest first; one is decided on its own page."""

    list_display = ("requested_at", "number", "before", "wanted", "state", "waited", "decided_by")
    list_filter = (WaitingFilter,)
    list_select_related = ("patron", "decided_by")
    search_fields = ("=patron__number",)
    search_help_text = "利用者番号"
    ordering = (WAITING_FIRST, "requested_at", "pk")
    list_per_page = 50

    @admin.display(description="利用者番号")
    def number(self, change: KanaChange) -> str:
        return change.patron.number

    @admin.display(description="前のカタカナ")
    def before(self, change: KanaChange) -> str:
        return change.full_name_before or EMPTY

    @admin.display(description="新しいカタカナ")
    def wanted(self, change: KanaChange) -> str:
        return change.full_name_kana

    @admin.display(description="待ち日数", ordering="requested_at")
    def waited(self, change: KanaChange) -> str:
        if change.state != KanaState.REQUESTED:
            return EMPTY
        return f"{days_waiting(change.requested_at, timezone.now())}日"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a wish beside what is on record, and take the decision."""
        change = self.get_object(request, unquote(object_id))
        if change is None:
            raise Http404
        if not self.has_view_permission(request, change):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, change, KanaDecisionForm())
        if not self.may_decide(request):
            raise PermissionDenied
        form = KanaDecisionForm(request.POST)
        if not form.is_valid():
            return self._page(request, change, form, status=422)
        approve = form.cleaned_data["decision"] == KanaDecisionForm.APPROVE
        try:
            decide_kana_change(
                change=change, staff=request.user, approve=approve, note=form.cleaned_data["note"]
            )
        except KanaChangeClosed:
            return self._not_recorded(request, change, form, CLOSED)
        except KanaChanged:
            return self._not_recorded(request, change, form, CHANGED)
        messages.success(request, DONE[approve])
        return redirect("admin:mylibrary_kanachange_changelist")

    def may_decide(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may decide."""
        return request.user.has_perm("mylibrary.decide_kanachange")

    def _not_recorded(
        self, request: HttpRequest, change: KanaChange, form: KanaDecisionForm, why: str
    ) -> HttpResponse:
        """Show the wish as it is now, why nothing was recorded, and the note that was typed."""
        messages.error(request, why)
        change.refresh_from_db()
        return self._page(request, change, form, status=409)

    def _page(
        self, request: HttpRequest, change: KanaChange, form: KanaDecisionForm, *, status: int = 200
    ) -> HttpResponse:
        waiting = change.state == KanaState.REQUESTED
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.opts.verbose_name,
            "change": change,
            "form": form,
            "waiting": waiting,
            "days_waiting": days_waiting(change.requested_at, timezone.now()),
            "overtaken": waiting and not is_kana_as_before(change.patron, change.before),
            "may_decide": waiting and self.may_decide(request),
        }
        return TemplateResponse(
            request, "admin/mylibrary/kanachange/change.html", context, status=status
        )
