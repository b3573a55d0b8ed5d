"""Requests for another kana: the list with their age, and the page where staff decide."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest

from accounts.models import User
from mylibrary.kana.forms import KanaDecisionForm
from mylibrary.kana.models import KanaRequest, KanaRequestQuerySet, KanaState
from mylibrary.kana.services import KanaRequestClosed, decide_kana_request
from patrons.card_data_services import KanaOvertaken, is_kana_as_before
from patrons.models import Patron
from staff.base import EMPTY
from staff.decision_pages import DecisionAdmin, WaitingFilter, days_waiting

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


class SituationFilter(WaitingFilter):
    """Waiting requests unless others are asked for."""

    waiting = KanaState.REQUESTED.label

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("closed", "終了"), ("all", "すべて")]

    def queryset(self, request: HttpRequest, queryset: Any) -> KanaRequestQuerySet:
        if self.value() == "all":
            return queryset
        return queryset.closed() if self.value() == "closed" else queryset.waiting()


@admin.register(KanaRequest)
class KanaRequestAdmin(DecisionAdmin):
    """Waiting requests first, the oldest first."""

    decide_permission = "mylibrary.decide_kanarequest"
    heading = str(KanaRequest._meta.verbose_name)
    template = "change.html"
    closed = CLOSED
    gone = "決定は記録されていません。利用者の個人情報が消去され、申し込みもなくなりました。"
    not_recorded = {KanaRequestClosed: CLOSED, KanaOvertaken: CHANGED}

    list_display = ("requested_at", "number", "before", "wanted", "state", "waited", "decided_by")
    list_filter = (SituationFilter,)
    list_select_related = ("patron", "decided_by")
    search_fields = ("patron__number",)
    search_help_text = "利用者番号"
    ordering = (WAITING_FIRST, "requested_at", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find the requests of whose number was typed or scanned."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(patron__in=Patron.objects.with_number(search_term)), False

    @admin.display(description="利用者番号")
    def number(self, change: KanaRequest) -> str:
        return change.patron.number

    @admin.display(description="前のカタカナ")
    def before(self, change: KanaRequest) -> str:
        return "\u3000".join(filter(None, change.before)) or EMPTY

    @admin.display(description="新しいカタカナ")
    def wanted(self, change: KanaRequest) -> str:
        return change.full_name_kana

    @admin.display(description="待ち日数", ordering="requested_at")
    def waited(self, change: KanaRequest) -> str:
        if change.state != KanaState.REQUESTED:
            return EMPTY
        return f"{days_waiting(change.requested_at)}日"

    def is_waiting(self, row: KanaRequest) -> bool:
        return row.state == KanaState.REQUESTED

    def decision_form(
        self, case: KanaRequest, data: Any = None, *, final: bool = False, note: str = ""
    ) -> KanaDecisionForm:
        return KanaDecisionForm(data, initial={"note": note})

    def decide(self, case: KanaRequest, form: KanaDecisionForm, staff: User) -> str:
        approve = form.cleaned_data["decision"] == KanaDecisionForm.APPROVE
        decide_kana_request(
            change=case, staff=staff, approve=approve, note=form.cleaned_data["note"]
        )
        return DONE[approve]

    def context(self, case: KanaRequest, *, waiting: bool) -> dict[str, Any]:
        return {
            "change": case,
            "days_waiting": days_waiting(case.requested_at),
            "overtaken": waiting and not is_kana_as_before(case.patron, case.before),
        }
