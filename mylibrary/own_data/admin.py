"""Requests for erasure: the list that shows their age, and the page where staff decide."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from mylibrary.own_data.models import DeclineReason, ErasureRequest, ErasureState
from mylibrary.own_data.services import ErasureClosed, confirm_erasure, decline_erasure
from patrons.models import Patron
from staff.base import EMPTY
from staff.decision_forms import Choice, DecisionForm
from staff.decision_pages import Decided, DecisionAdmin, WaitingFilter, days_waiting

ERASE = Choice(
    value="erase",
    label="消去する",
    consent="返却されていない資料と予約がないことを、貸出システムで確かめた",
    without_consent="貸出システムで確かめてから、印を付けてください。消去は取り消せません。",
)
CHOICES = [
    ERASE,
    *(
        Choice(value=reason.value, label=f"消去しない（{reason.label}）", needs_note=True)
        for reason in DeclineReason
    ),
]
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
class ErasureRequestAdmin(DecisionAdmin):
    """The oldest first."""

    decide_permission = "mylibrary.decide_erasurerequest"
    heading = "個人情報の消去の申し込み"
    closed = CLOSED
    not_recorded = {ErasureClosed: CLOSED}

    list_display = ("requested_at", "number", "state", "waited", "closed_at", "staff")
    list_filter = (SituationFilter,)
    list_select_related = ("patron", "staff")
    ordering = ("requested_at", "pk")

    @admin.display(description="利用者番号", ordering="patron__number")
    def number(self, erasure: ErasureRequest) -> str:
        return erasure.patron.number

    @admin.display(description="待ち日数", ordering="requested_at")
    def waited(self, erasure: ErasureRequest) -> str:
        return EMPTY if erasure.closed_at else f"{days_waiting(erasure.requested_at)}日"

    def about(self, case: ErasureRequest) -> str:
        return f"利用者 {case.patron.number}"

    def is_waiting(self, row: ErasureRequest) -> bool:
        return row.state == ErasureState.OPEN

    def all_waiting(self, rows: Any) -> Any:
        return rows.open()

    def choices(self, case: ErasureRequest) -> list[Choice]:
        return CHOICES

    def consequences(self, case: ErasureRequest, choice: str) -> list[str]:
        patron = case.patron
        if choice != ERASE.value:
            reason = DeclineReason(choice).label
            return [
                "何も消去されません。登録とMyライブラリは、今までどおり使えます。",
                f"本人に「{reason}」と、次にすることを{_told_why(patron)}で知らせます。"
                "メモの内容は知らせません。",
                "この決定は、取り消せません。本人は、もう一度申し込めます。",
            ]
        return [
            f"利用者 {patron.number}（{patron.name}）は退会になり、名前、生年月日、住所、連絡先、"
            "通知メッセージが消去されます。元に戻せません。",
            "マイナンバーカードとの連携とログインがなくなります。本人は、新しく登録できます。",
            "番号、日時、市町、職員の決定は残ります。番号は、二度と使われません。",
            "次の書き出しで、貸出システムに退会を知らせます。"
            "貸出システムに残っている個人情報は、貸出システムで消去してください。",
            _told_of_erasure(patron),
        ]

    def decide(self, case: ErasureRequest, choice: str, form: DecisionForm, staff: User) -> str:
        note = form.cleaned_data["note"]
        if choice == ERASE.value:
            confirm_erasure(request_id=case.pk, staff=staff, note=note)
            return ERASED
        reason = DeclineReason(choice)
        decline_erasure(request_id=case.pk, staff=staff, note=note, reason=reason)
        return DECLINED

    def decided(self, case: ErasureRequest) -> list[Decided]:
        if self.is_waiting(case):
            return []
        what, reason = case.get_state_display(), case.get_reason_display()
        by = case.staff or ("利用者本人" if case.state == ErasureState.CANCELLED else EMPTY)
        return [Decided(case.closed_at, by, f"{what}（{reason}）" if reason else what, case.note)]

    def context(self, case: ErasureRequest, *, waiting: bool) -> dict[str, Any]:
        return {"erasure": case, "days_waiting": days_waiting(case.requested_at)}


def _told_why(patron: Patron) -> str:
    if patron.is_withheld:
        return "通知メッセージ（E-mailがあるときは、メールも）"
    return "通知メッセージとメール" if patron.shown.email else "通知メッセージだけ"


def _told_of_erasure(patron: Patron) -> str:
    if patron.is_withheld:
        return "消去の前のE-mailがあるときは、消去が終わったことを知らせます。"
    if patron.shown.email:
        return "消去の前のE-mailに、消去が終わったことを知らせます。"
    return "E-mailの登録がないので、本人への知らせはありません。"
