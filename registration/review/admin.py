"""Cases in review: the list that shows their age, and the page where staff decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Case as SqlCase
from django.db.models import When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from patrons.identity_link_services import LinkRefused
from patrons.matching.comparison import side_by_side
from patrons.models import Patron
from registration.application import receipt_numbers
from registration.application.enums import State
from registration.application.models import Application
from registration.review.comparison import days_left, explain
from registration.review.models import ReviewCase, Verdict
from registration.review.services import (
    Case,
    CaseChanged,
    CaseClosed,
    VerdictImpossible,
    case_of,
    decide,
)
from staff.base import EMPTY, SEARCH
from staff.decision_pages import DecisionAdmin, WaitingFilter, days_waiting, note_field

DAY = "n月j日（D）"
WAITING_FIRST = SqlCase(When(state=State.REVIEW, then=0), default=1).asc()
DONE = {
    Verdict.SAME_PERSON: "同一人物と決定しました。カードを連携し、申請者にメールを送ります。",
    Verdict.OTHER_PERSON: "登録してよいと決定しました。申請者に、続きのリンクをメールします。",
    Verdict.DEFERRED: "保留にしました。回答期限と、消去までの日数は変わりません。",
    Verdict.COUNTER: "窓口へ案内すると決定しました。申請者にメールを送ります。",
}
CLOSED = "決定は記録されていません。ほかの職員が先に決定したか、期限が来て終了しています。"
CHANGED = "決定は記録されていません。表示したあとで内容が変わりました。もう一度確かめてください。"
REFUSED = (
    "決定は記録されていません。カードを連携できませんでした。"
    "カードが別の利用者に連携されているか、利用者の登録が変わっています。"
)

WITHHELD = "情報秘匿の利用者のため、カードを連携できません。窓口で本人と確かめてください。"


class SituationFilter(WaitingFilter):
    """Waiting cases unless others, or one by its receipt, are asked for."""

    waiting = "確認待ち（保留を含む）"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("deferred", "保留中"),
            ("approved", "本人の手続き待ち"),
            ("closed", "終了"),
            ("all", "すべて"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "deferred":
                return queryset.in_review().filter(last_verdict=Verdict.DEFERRED)
            case "approved":
                return queryset.filter(state=State.APPROVED)
            case "closed":
                return queryset.exclude(state__in=(State.REVIEW, State.APPROVED))
            case "all":
                return queryset
        by_receipt = receipt_numbers.read(request.GET.get(SEARCH, "")) is not None
        return queryset if by_receipt else queryset.in_review()


class DecisionForm(forms.Form):
    """A verdict with a note, for one case; `choice` is a verdict, with a candidate's id if needed.

    On the second page `replace_card` agrees to revoke the link of a candidate's other card.
    """

    choice = forms.CharField(
        widget=forms.HiddenInput, error_messages={"required": "決定を選んでください。"}
    )
    mark = forms.CharField(widget=forms.HiddenInput)
    note = note_field("決定の理由")
    replace_card = forms.BooleanField(label="今までのカードの連携を解除する", required=False)

    def __init__(
        self, data: Any = None, *, case: Case, final: bool = False, note: str = ""
    ) -> None:
        super().__init__(data, initial={"mark": case.mark, "note": note})
        self.case = case
        self.final = final
        self.verdict: Verdict | None = None
        self.patron: Patron | None = None

    @property
    def replaces_card(self) -> bool:
        """Whether the decision needs another card's link revoked."""
        return self.patron is not None and self.case.has_other_card(self.patron)

    def clean_choice(self) -> str:
        """Read the verdict and the candidate it is about."""
        choice = self.cleaned_data["choice"]
        verdict, _, patron_id = choice.partition(":")
        if verdict not in self.case.verdicts:
            raise ValidationError("この決定はできません。")
        self.verdict = Verdict(verdict)
        if self.verdict == Verdict.SAME_PERSON:
            possible = {str(patron.pk): patron for patron in self.case.possible}
            self.patron = possible.get(patron_id)
            if self.patron is None:
                raise ValidationError("この利用者には決定できません。")
        return choice

    def clean(self) -> dict[str, Any]:
        """Demand the consent to what cannot be undone."""
        if self.final and self.replaces_card and not self.cleaned_data.get("replace_card"):
            self.add_error(
                "replace_card", "別のカードが連携されています。解除してよいか確かめてください。"
            )
        return self.cleaned_data


# What a row carries while its page is shown: the keys of the patrons beside the applicant.
COMPARED = "compared_ids"


@admin.register(ReviewCase)
class ReviewCaseAdmin(DecisionAdmin):
    """Waiting cases first, the first to be answered first; one is decided on in two steps."""

    decide_permission = "registration.decide_reviewcase"
    heading = "二重登録などの確認"
    template = "case.html"
    consent = "replace_card"
    closed = CLOSED
    not_recorded = {
        CaseClosed: CLOSED,
        CaseChanged: CHANGED,
        VerdictImpossible: CHANGED,
        LinkRefused: REFUSED,
    }

    list_display = (
        "receipt",
        "due",
        "kana",
        "situation",
        "reason",
        "waited",
        "left",
        "candidates",
    )
    list_filter = (SituationFilter,)
    search_fields = ("receipt_no",)
    search_help_text = "受付番号（A-123）、名前、名前カタカナ、電話番号、E-mailで検索できます"
    ordering = (WAITING_FIRST, "answer_by", "review_since", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return ReviewCase.objects.cases()

    def patrons_of(self, row: ReviewCase) -> list[int | None]:
        """Return the candidates, whose data stand beside the applicant's."""
        return getattr(row, COMPARED, row.candidate_ids) or [row.patron_id]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search the way applications are searched, whatever width or script was typed."""
        return (queryset.matching(search_term) if search_term else queryset), False

    @admin.display(description="受付番号")
    def receipt(self, case: ReviewCase) -> str:
        return case.receipt or EMPTY

    @admin.display(description="回答期限")
    def due(self, case: Application) -> str:
        if case.answer_by is None:
            return EMPTY
        late = "（遅れ）" if case.state == State.REVIEW and case.is_answer_overdue else ""
        return f"{date_format(case.answer_by, DAY)}{late}"

    @admin.display(description="名前カタカナ")
    def kana(self, case: ReviewCase) -> str:
        return f"{case.last_name_kana} {case.first_name_kana}".strip() or EMPTY

    @admin.display(description="状況")
    def situation(self, case: Any) -> str:
        if case.state == State.REVIEW:
            return "保留中" if case.last_verdict == Verdict.DEFERRED else "確認待ち"
        decided = dict(Verdict.choices).get(case.last_verdict)
        return f"{case.get_state_display()}（{decided}）" if decided else case.get_state_display()

    @admin.display(description="理由")
    def reason(self, case: ReviewCase) -> str:
        return explain(case.duplicate_reason)

    @admin.display(description="待ち日数")
    def waited(self, case: ReviewCase) -> str:
        if case.state != State.REVIEW or case.review_since is None:
            return EMPTY
        return f"{days_waiting(case.review_since)}日"

    @admin.display(description="消去まで")
    def left(self, case: ReviewCase) -> str:
        if case.state not in (State.REVIEW, State.APPROVED):
            return EMPTY
        days = days_left(case.expires_at, timezone.now())
        soon = case.state == State.REVIEW and days <= settings.REVIEW_WARNING_DAYS
        return f"⚠ あと{days}日" if soon else f"あと{days}日"

    @admin.display(description="候補")
    def candidates(self, case: ReviewCase) -> str:
        return f"{len(case.candidate_ids)}人"

    def case(self, row: ReviewCase) -> Case:
        case = case_of(row)
        setattr(row, COMPARED, [patron.pk for patron in case.candidates])
        return case

    def is_waiting(self, row: ReviewCase) -> bool:
        return row.state == State.REVIEW

    def decision_form(
        self, case: Case, data: Any = None, *, final: bool = False, note: str = ""
    ) -> DecisionForm:
        return DecisionForm(data, case=case, final=final, note=note)

    def compare_with_shown(self, case: Case, form: DecisionForm) -> None:
        if form.cleaned_data["mark"] != case.mark:
            raise CaseChanged

    def decide(self, case: Case, form: DecisionForm, staff: User) -> str:
        assert form.verdict is not None
        decide(
            application=case.application,
            staff=staff,
            verdict=form.verdict,
            note=form.cleaned_data["note"],
            mark=form.cleaned_data["mark"],
            patron_id=form.patron.pk if form.patron else None,
            replace_card=form.cleaned_data["replace_card"],
        )
        return DONE[form.verdict]

    def context(self, case: Case, *, waiting: bool) -> dict[str, Any]:
        application = case.application
        applicant = application.as_applicant()
        left = days_left(application.expires_at, timezone.now())
        return {
            "case": case,
            "rows": side_by_side(applicant, case.candidates) if waiting else [],
            "reason": explain(application.duplicate_reason, applicant, case.candidates),
            "due": self.due(application) if application.answer_by else "",
            "days_waiting": days_waiting(application.review_since),
            "days_left": left,
            "ends_soon": left <= settings.REVIEW_WARNING_DAYS,
            "link_days": settings.REVIEW_LINK_DAYS,
            "cards": [_card(case, patron) for patron in case.candidates],
            "Verdict": Verdict,
        }


def _card(case: Case, patron: Patron) -> str:
    if patron.is_withheld:
        return WITHHELD
    if case.is_linked(patron):
        return "この申請のカードと連携済み"
    return "別のカードと連携済み" if case.has_other_card(patron) else "連携なし"
