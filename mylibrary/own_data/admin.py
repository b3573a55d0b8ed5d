"""Requests for erasure: the list that shows their age, and the page where staff decide."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from mylibrary.own_data.models import DeclineReason, ErasureRequest, ErasureState
from mylibrary.own_data.services import ErasureClosed, confirm_erasure, decline_erasure
from staff.base import EMPTY
from staff.decision_pages import DecisionAdmin, WaitingFilter, days_waiting, note_field

ERASE = "erase"
CHOICES = ((ERASE, "消去する"), *DeclineReason.choices)
ERASED = "個人情報を消去しました。利用者に、消去が終わったことをメールで知らせます。"
DECLINED = "消去しないと決定しました。利用者に、理由を知らせます。"
CLOSED = (
    "決定は記録されていません。利用者が申し込みを取り消したか、ほかの職員が先に決定しています。"
)


class ErasureDecisionForm(forms.Form):
    """To erase, or the reason why not, with a note; on the last page also that it was checked."""

    choice = forms.ChoiceField(
        choices=CHOICES,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "決定を選んでください。"),
    )
    note = note_field("確認したこと")
    checked = forms.BooleanField(
        label="返却されていない資料と予約がないことを、貸出システムで確かめた", required=False
    )

    def __init__(self, data: Any = None, *, final: bool = False, note: str = "") -> None:
        super().__init__(data, initial={"note": note})
        self.final = final

    @property
    def erases(self) -> bool:
        return self.cleaned_data.get("choice") == ERASE

    @property
    def reason(self) -> DeclineReason:
        return DeclineReason(self.cleaned_data["choice"])

    def clean(self) -> dict[str, Any]:
        """Demand what has to be looked up before something that cannot be undone."""
        if self.final and self.erases and not self.cleaned_data.get("checked"):
            self.add_error(
                "checked", "貸出システムで確かめてから、印を付けてください。消去は取り消せません。"
            )
        return self.cleaned_data


class SituationFilter(WaitingFilter):
    """Waiting requests unless others are asked for."""

    waiting = "受付中"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "すべて")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() == "all" else queryset.open()


@admin.register(ErasureRequest)
class ErasureRequestAdmin(DecisionAdmin):
    """The oldest first; one is decided on in two steps."""

    decide_permission = "mylibrary.decide_erasurerequest"
    heading = "個人情報の消去の申し込み"
    template = "request.html"
    consent = "checked"
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

    def is_waiting(self, row: ErasureRequest) -> bool:
        return row.state == ErasureState.OPEN

    def decision_form(
        self, case: ErasureRequest, data: Any = None, *, final: bool = False, note: str = ""
    ) -> ErasureDecisionForm:
        return ErasureDecisionForm(data, final=final, note=note)

    def decide(self, case: ErasureRequest, form: ErasureDecisionForm, staff: User) -> str:
        decision = {"request_id": case.pk, "staff": staff, "note": form.cleaned_data["note"]}
        if form.erases:
            confirm_erasure(**decision)
            return ERASED
        decline_erasure(**decision, reason=form.reason)
        return DECLINED

    def context(self, case: ErasureRequest, *, waiting: bool) -> dict[str, Any]:
        return {
            "erasure": case,
            "days_waiting": days_waiting(case.requested_at),
            "erase": ERASE,
            "reasons": DeclineReason.choices,
        }
