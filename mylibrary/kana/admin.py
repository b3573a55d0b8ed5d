"""Wishes for another kana: the list with their age, and the page where staff decide."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from mylibrary.kana.enums import KanaState
from mylibrary.kana.errors import KanaChangeClosed
from mylibrary.kana.forms import KanaDecisionForm
from mylibrary.kana.models import KanaChange
from mylibrary.kana.querysets import KanaChangeQuerySet
from mylibrary.kana.services import decide_kana_change
from patrons.errors import KanaChanged
from patrons.move_services import is_kana_as_before
from registration.review.comparison import days_waiting
from staff.base import member_of_staff
from staff.deciding import DecidedByStaff, WaitingFilter
from staff.read_only import EMPTY

WAITING_FIRST = Case(When(state=KanaState.REQUESTED, then=0), default=1).asc()
DONE = {
    True: "承認しました。名前カタカナを変更し、利用者に知らせます。",
    False: "見送りました。名前カタカナは変わりません。利用者に知らせます。",
}
CLOSED = "決定は記録されていません。ほかの職員が先に決定したか、利用者が取り消しています。"
GONE = "決定は記録されていません。利用者の個人情報が消去され、申し込みもなくなりました。"
CHANGED = (
    "決定は記録されていません。申し込みのあとで、利用者の名前かカタカナが変わりました。"
    "このままでは承認できません。"
)


class SituationFilter(WaitingFilter):
    """Waiting wishes unless others are asked for."""

    waiting = KanaState.REQUESTED.label

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("closed", "終了"), ("all", "すべて")]

    def queryset(self, request: HttpRequest, queryset: Any) -> KanaChangeQuerySet:
        match self.value():
            case "closed":
                return queryset.closed()
            case "all":
                return queryset
        return queryset.waiting()


@admin.register(KanaChange)
class KanaChangeAdmin(DecidedByStaff):
    """Waiting wishes first, the oldest first."""

    decide_permission = "mylibrary.decide_kanachange"

    list_display = ("requested_at", "number", "before", "wanted", "state", "waited", "decided_by")
    list_filter = (SituationFilter,)
    list_select_related = ("patron", "decided_by")
    search_fields = ("=patron__number",)
    search_help_text = "利用者番号"
    ordering = (WAITING_FIRST, "requested_at", "pk")

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

    def shown(self, request: HttpRequest, row: KanaChange) -> HttpResponse:
        """Show a wish beside what is on record."""
        return self._page(request, row, KanaDecisionForm())

    def sent(self, request: HttpRequest, row: KanaChange) -> HttpResponse:
        """Take the decision."""
        form = KanaDecisionForm(request.POST)
        if not form.is_valid():
            return self._page(request, row, form, status=422)
        approve = form.cleaned_data["decision"] == KanaDecisionForm.APPROVE
        try:
            decide_kana_change(
                change=row,
                staff=member_of_staff(request),
                approve=approve,
                note=form.cleaned_data["note"],
            )
        except KanaChangeClosed:
            if not KanaChange.objects.filter(pk=row.pk).exists():
                messages.error(request, GONE)
                return redirect("admin:mylibrary_kanachange_changelist")
            return self._not_recorded(request, row, form, CLOSED)
        except KanaChanged:
            return self._not_recorded(request, row, form, CHANGED)
        messages.success(request, DONE[approve])
        return redirect("admin:mylibrary_kanachange_changelist")

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
