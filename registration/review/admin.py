"""Cases in review: the list that shows their age, and the page where staff decide."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Case as SqlCase
from django.db.models import QuerySet, When
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
from staff.decision_forms import Choice, DecisionForm
from staff.decision_pages import (
    CHANGED,
    Decided,
    DecisionAdmin,
    WaitingFilter,
    days_waiting,
)

DAY = "n月j日（D）"
WAITING_FIRST = SqlCase(When(state=State.REVIEW, then=0), default=1).asc()
DONE = {
    Verdict.SAME_PERSON: "同一人物と決定しました。カードを連携し、申請者にメールを送ります。",
    Verdict.OTHER_PERSON: "登録してよいと決定しました。申請者に、続きのリンクをメールします。",
    Verdict.DEFERRED: "保留にしました。回答期限と、消去までの日数は変わりません。",
    Verdict.COUNTER: "窓口へ案内すると決定しました。申請者にメールを送ります。",
}
CLOSED = "決定は記録されていません。ほかの職員が先に決定したか、期限が来て終了しています。"
REFUSED = (
    "決定は記録されていません。カードを連携できませんでした。"
    "カードが別の利用者に連携されているか、利用者の登録が変わっています。"
)

FINAL = "この決定は、取り消せません。"
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


# What a row carries while its page is shown: the keys of the patrons beside the applicant.
COMPARED = "compared_ids"


@admin.register(ReviewCase)
class ReviewCaseAdmin(DecisionAdmin):
    """Waiting cases first, the first to be answered first."""

    decide_permission = "registration.decide_reviewcase"
    heading = "二重登録などの確認"
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
    search_help_text = "受付番号（A-123）、名前、名前カタカナ、電話番号、E-mailでさがせます。"
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

    def about(self, case: Case) -> str:
        return f"受付番号 {case.application.receipt or EMPTY}"

    def is_waiting(self, row: ReviewCase) -> bool:
        return row.state == State.REVIEW

    def all_waiting(self, rows: Any) -> QuerySet:
        return rows.in_review()

    def choices(self, case: Case) -> list[Choice]:
        """Return what `case.verdicts` has, once for each patron whom the applicant may be.

        Somebody who goes on although the rules found a namesake, or whose card loses its link, is a
        choice against what was found: a note says what staff found out.
        """
        choices = [_same_person(case, patron) for patron in case.possible]
        if Verdict.OTHER_PERSON in case.verdicts:
            found = bool(case.candidates)
            label = str(Verdict.OTHER_PERSON.label) if found else "登録してよい"
            other = Choice(value=Verdict.OTHER_PERSON.value, label=label, needs_note=found)
            choices.append(other)
        rest = (Verdict.COUNTER, Verdict.DEFERRED)
        return choices + [
            Choice(value=each.value, label=str(each.label), needs_note=True) for each in rest
        ]

    def mark(self, case: Case) -> str:
        return case.mark

    def consequences(self, case: Case, choice: str) -> list[str]:
        verdict, _, patron_id = choice.partition(":")
        match Verdict(verdict):
            case Verdict.SAME_PERSON:
                patron = next(one for one in case.possible if str(one.pk) == patron_id)
                return _when_linked(case, patron)
            case Verdict.OTHER_PERSON:
                return _when_others(case)
            case Verdict.COUNTER:
                return [
                    "登録は行われません。申請は終了し、申請の個人情報は消去されます。",
                    "申請者に「窓口へお越しください」とメールします。メモの内容は書きません。",
                    FINAL,
                ]
        left = days_left(case.application.expires_at, timezone.now())
        return [
            "メモを残し、確認待ちのままにします。あとで、もう一度決定します。",
            f"回答期限と、消去までの日数（あと{left}日）は変わりません。",
            "申請者には、何も送りません。",
        ]

    def decide(self, case: Case, choice: str, form: DecisionForm, staff: User) -> str:
        verdict, _, patron_id = choice.partition(":")
        decide(
            application=case.application,
            staff=staff,
            verdict=Verdict(verdict),
            note=form.cleaned_data["note"],
            mark=form.cleaned_data["mark"],
            patron_id=int(patron_id) if patron_id else None,
            replace_card=form.cleaned_data["agreed"],
        )
        return DONE[Verdict(verdict)]

    def decided(self, case: Case) -> list[Decided]:
        return [
            Decided(each.at, each.staff, each.get_verdict_display(), each.note, each.patron)
            for each in case.decisions
        ]

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
            "cards": [_card(case, patron) for patron in case.candidates],
        }


def _same_person(case: Case, patron: Patron) -> Choice:
    replaces = case.has_other_card(patron)
    return Choice(
        value=f"{Verdict.SAME_PERSON.value}:{patron.pk}",
        label=f"{Verdict.SAME_PERSON.label}（利用者 {patron.number}）",
        needs_note=replaces,
        consent="今までのカードの連携を解除する" if replaces else "",
        without_consent="別のカードが連携されています。解除してよいか確かめてください。",
    )


def _when_linked(case: Case, patron: Patron) -> list[str]:
    told = "通知メッセージ"
    if patron.shown.email and patron.shown.email != case.application.email:
        told += "とメール"
    lines = [
        f"申請者のマイナンバーカードを、利用者 {patron.number} に連携します。"
        "申請者は、そのカードで、この利用者としてログインできます。",
        "申請は終了し、申請の個人情報は消去されます。新しい登録は行われません。",
        "申請者に「登録が見つかりました」とメールします。番号や名前は書きません。",
        f"利用者 {patron.number} に、カードを連携したことを{told}で知らせます。",
        FINAL,
    ]
    if case.has_other_card(patron):
        lines.insert(1, "この利用者に連携されている別のマイナンバーカードは、使えなくなります。")
    return lines


def _when_others(case: Case) -> list[str]:
    lines = [
        "申請者に、登録を続けるリンクをメールします"
        f"（{settings.REVIEW_LINK_DAYS}日間、1回だけ）。まだ登録は終わりません。",
        "本人がもう一度カードを読み取り、内容を確かめると登録されます。",
        FINAL,
    ]
    if case.candidates:
        numbers = "、".join(f"利用者 {patron.number}" for patron in case.candidates)
        lines.insert(
            2,
            f"{numbers}とは別の方として扱います。"
            "ほかの候補が現れたときは、もう一度確認待ちになります。",
        )
    return lines


def _card(case: Case, patron: Patron) -> str:
    if patron.is_withheld:
        return WITHHELD
    if case.is_linked(patron):
        return "この申請のカードと連携済み"
    return "別のカードと連携済み" if case.has_other_card(patron) else "連携なし"
