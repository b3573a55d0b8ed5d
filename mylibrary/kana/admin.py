"""Requests for another kana: the list with their age, and the page where staff decide."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest

from accounts.models import User
from mylibrary.kana.models import KanaRequest, KanaRequestQuerySet, KanaState
from mylibrary.kana.services import KanaRequestClosed, decide_kana_request
from notices.enums import NoticeKind
from notices.services import wanted_mails
from patrons.card_data_services import KanaOvertaken, is_kana_as_before
from patrons.models import Patron
from staff.base import EMPTY
from staff.decision_forms import Choice, DecisionForm
from staff.decision_pages import Decided, DecisionAdmin, WaitingFilter, days_waiting
from ui.stale_page import mark_of

WAITING_FIRST = Case(When(state=KanaState.REQUESTED, then=0), default=1).asc()
CHANGE = Choice(value="approve", label="変更する")
LEAVE = Choice(value="decline", label="変更しない", needs_note=True)
DONE = {
    CHANGE.value: "名前カタカナを変更しました。利用者に知らせます。",
    LEAVE.value: "変更しないと決定しました。名前カタカナは今のままです。利用者に知らせます。",
}
CLOSED = "決定は記録されていません。ほかの職員が先に決定したか、利用者が取り消しています。"
CHANGED = (
    "決定は記録されていません。申し込みのあとで、利用者の名前かカタカナが変わりました。"
    "このままでは変更できません。"
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
    closed = CLOSED
    changed = CHANGED
    gone = "決定は記録されていません。利用者の個人情報が消去され、申し込みもなくなりました。"
    not_recorded = {KanaRequestClosed: CLOSED, KanaOvertaken: CHANGED}

    list_display = ("requested_at", "number", "before", "wanted", "state", "waited", "decided_by")
    list_filter = (SituationFilter,)
    list_select_related = ("patron", "decided_by")
    search_fields = ("patron__number",)
    search_help_text = "利用者番号でさがせます。"
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

    def about(self, case: KanaRequest) -> str:
        return f"利用者 {case.patron.number}"

    def is_waiting(self, row: KanaRequest) -> bool:
        return row.state == KanaState.REQUESTED

    def all_waiting(self, rows: Any) -> KanaRequestQuerySet:
        return rows.waiting()

    def choices(self, case: KanaRequest) -> list[Choice]:
        return [CHANGE, LEAVE] if _is_current(case) else [LEAVE]

    def mark(self, case: KanaRequest) -> str:
        patron = case.patron
        seen = (case.pk, patron.name, patron.full_name_kana, _is_current(case))
        return mark_of("kana", seen)

    def consequences(self, case: KanaRequest, choice: str) -> list[str]:
        number, now = case.patron.number, case.patron.full_name_kana or EMPTY
        told = _told(case.patron)
        if choice == LEAVE.value:
            return [
                f"利用者 {number} の名前カタカナは「{now}」のままです。"
                "貸出システムにも、何も伝わりません。",
                f"本人に、変更していないことを{told}で知らせ、窓口で尋ねるよう案内します。"
                "メモの内容は知らせません。",
                "この決定は、取り消せません。本人は、もう一度申し込めます。",
            ]
        return [
            f"利用者 {number} の名前カタカナを、"
            f"「{now}」から「{case.full_name_kana}」に変更します。",
            "Myライブラリの「利用者情報」と職員の画面が、新しいカタカナになります。"
            "利用者カードの番号とバーコードは変わりません。",
            "貸出システムには、次の書き出しで伝わります。",
            f"本人に、変更したことを{told}で知らせます。名前とカタカナは書きません。",
            "この決定は、取り消せません。元に戻すには、本人がもう一度申し込みます。",
        ]

    def decide(self, case: KanaRequest, choice: str, form: DecisionForm, staff: User) -> str:
        approve, note = choice == CHANGE.value, form.cleaned_data["note"]
        decide_kana_request(change=case, staff=staff, approve=approve, note=note)
        return DONE[choice]

    def decided(self, case: KanaRequest) -> list[Decided]:
        if self.is_waiting(case):
            return []
        by = case.decided_by or "利用者本人"
        return [Decided(case.decided_at, by, case.get_state_display(), case.note)]

    def context(self, case: KanaRequest, *, waiting: bool) -> dict[str, Any]:
        return {
            "change": case,
            "days_waiting": days_waiting(case.requested_at),
            "overtaken": waiting and not _is_current(case),
            "rows": [
                {"label": label, "before": before or EMPTY, "wanted": wanted or EMPTY}
                for label, before, wanted in zip("姓名", case.before, case.wanted, strict=True)
            ],
        }


def _is_current(case: KanaRequest) -> bool:
    return is_kana_as_before(case.patron, case.before)


def _told(patron: Patron) -> str:
    """Say by what the patron is told, who may have declined the mail or may be withheld."""
    if patron.is_withheld:
        return "通知メッセージ（E-mailがあるときは、メールも）"
    if not patron.shown.email or not wanted_mails(patron=patron)[NoticeKind.KANA_DECIDED]:
        return "通知メッセージだけ"
    return "通知メッセージとメール"
