"""Cases in review: the list that shows their age, and the page where staff decide."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Case as SqlCase
from django.db.models import When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from patrons.errors import LinkRefused
from patrons.models import Patron
from registration.application.enums import ApplicationState as State
from registration.review.comparison import LATE_AFTER, compare, days_left, days_waiting, explain
from registration.review.enums import Verdict
from registration.review.errors import CaseChanged, CaseClosed, VerdictImpossible
from registration.review.forms import DecisionForm
from registration.review.models import ReviewCase
from registration.review.services import Case, case_of, decide
from staff.base import member_of_staff
from staff.deciding import DecidedByStaff, WaitingFilter
from staff.read_only import EMPTY
from staff.recorded import remember_row

WAITING_FIRST = SqlCase(When(state=State.REVIEW, then=0), default=1).asc()
DONE = {
    Verdict.SAME_PERSON: "同一人物と決定しました。カードを連携し、申請者にメールを送ります。",
    Verdict.OTHER_PERSON: "登録してよいと決定しました。申請者に、続きのリンクをメールします。",
    Verdict.HELD: "保留にしました。待ち日数と期限は変わりません。",
    Verdict.COUNTER: "窓口へ案内すると決定しました。申請者にメールを送ります。",
}
CLOSED = "決定は記録されていません。ほかの職員が先に決定したか、期限が来て終了しています。"
CHANGED = "決定は記録されていません。表示したあとで内容が変わりました。もう一度確かめてください。"
REFUSED = (
    "決定は記録されていません。カードを連携できませんでした。"
    "カードが別の利用者に連携されているか、利用者の登録が変わっています。"
)


class SituationFilter(WaitingFilter):
    """Waiting cases unless others are asked for."""

    waiting = "確認待ち（保留を含む）"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("held", "保留中"),
            ("approved", "本人の手続き待ち"),
            ("closed", "終了"),
            ("all", "すべて"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "held":
                return queryset.in_review().filter(last_verdict=Verdict.HELD)
            case "approved":
                return queryset.filter(state=State.APPROVED)
            case "closed":
                return queryset.exclude(state__in=(State.REVIEW, State.APPROVED))
            case "all":
                return queryset
        return queryset.in_review()


# What a row carries while its page is shown: the keys of the patrons beside the applicant.
COMPARED = "compared_ids"


@admin.register(ReviewCase)
class ReviewCaseAdmin(DecidedByStaff):
    """Waiting cases first, the oldest first; one is decided on in two steps."""

    decide_permission = "registration.decide_reviewcase"

    list_display = ("review_since", "kana", "situation", "reason", "waited", "left", "candidates")
    list_filter = (SituationFilter,)
    ordering = (WAITING_FIRST, "review_since", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return ReviewCase.objects.cases()

    def patrons_of(self, row: ReviewCase) -> list[int | None]:
        """Return the candidates, whose data stand beside the applicant's."""
        return getattr(row, COMPARED, row.candidate_ids) or [row.patron_id]

    @admin.display(description="名前カタカナ")
    def kana(self, case: ReviewCase) -> str:
        return f"{case.last_name_kana} {case.first_name_kana}".strip() or EMPTY

    @admin.display(description="状況")
    def situation(self, case: Any) -> str:
        if case.state == State.REVIEW:
            return "保留中" if case.last_verdict == Verdict.HELD else "確認待ち"
        decided = dict(Verdict.choices).get(case.last_verdict)
        return f"{case.get_state_display()}（{decided}）" if decided else case.get_state_display()

    @admin.display(description="理由")
    def reason(self, case: ReviewCase) -> str:
        return explain(case.duplicate_reason)

    @admin.display(description="待ち日数", ordering="review_since")
    def waited(self, case: ReviewCase) -> str:
        if case.state != State.REVIEW or case.review_since is None:
            return EMPTY
        now = timezone.now()
        late = "（遅れ）" if now - case.review_since >= LATE_AFTER else ""
        return f"{days_waiting(case.review_since, now)}日{late}"

    @admin.display(description="期限まで", ordering="expires_at")
    def left(self, case: ReviewCase) -> str:
        if case.state not in (State.REVIEW, State.APPROVED):
            return EMPTY
        days = days_left(case.expires_at, timezone.now())
        soon = case.state == State.REVIEW and days <= settings.REVIEW_WARNING_DAYS
        return f"⚠ あと{days}日" if soon else f"あと{days}日"

    @admin.display(description="候補")
    def candidates(self, case: ReviewCase) -> str:
        return f"{len(case.candidate_ids)}人"

    def shown(self, request: HttpRequest, row: ReviewCase) -> HttpResponse:
        """Show a case."""
        case = case_of(row)
        return self._page(request, case, DecisionForm(case=case))

    def sent(self, request: HttpRequest, row: ReviewCase) -> HttpResponse:
        """Take a decision in two steps: choose, then agree to what will happen."""
        return self._sent(request, case_of(row))

    def _sent(self, request: HttpRequest, case: Case) -> HttpResponse:
        if case.application.state != State.REVIEW:
            return self._not_recorded(request, case, CLOSED)
        back = "back" in request.POST
        final = "final" in request.POST and not back
        form = DecisionForm(request.POST, case=case, final=final)
        if not form.is_valid():
            again = final and form.errors.keys() == {"replace_card"}
            return self._page(request, case, form, confirming=again, status=422)
        if form.cleaned_data["mark"] != case.mark:
            return self._not_recorded(request, case, CHANGED)
        if not final:
            return self._page(request, case, form, confirming=not back)
        assert form.verdict is not None
        try:
            decide(
                application=case.application,
                staff=member_of_staff(request),
                verdict=form.verdict,
                note=form.cleaned_data["note"],
                mark=form.cleaned_data["mark"],
                patron_id=form.patron.pk if form.patron else None,
                replace_card=form.cleaned_data["replace_card"],
            )
        except CaseClosed:
            return self._not_recorded(request, case, CLOSED)
        except (CaseChanged, VerdictImpossible):
            return self._not_recorded(request, case, CHANGED)
        except LinkRefused:
            return self._not_recorded(request, case, REFUSED)
        messages.success(request, DONE[form.verdict])
        return redirect("admin:registration_reviewcase_changelist")

    def _not_recorded(self, request: HttpRequest, case: Case, why: str) -> HttpResponse:
        """Show the case as it is now, why nothing was recorded, and the note that was typed."""
        messages.error(request, why)
        now = case_of(self.get_queryset(request).get(pk=case.application.pk))
        form = DecisionForm(case=now, note=request.POST.get("note", ""))
        return self._page(request, now, form, status=409)

    def _page(
        self,
        request: HttpRequest,
        case: Case,
        form: DecisionForm,
        *,
        confirming: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        now = timezone.now()
        setattr(case.application, COMPARED, [patron.pk for patron in case.candidates])
        remember_row(request, case.application)
        waiting = case.application.state == State.REVIEW
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "二重登録などの確認",
            "case": case,
            "form": form,
            "confirming": confirming,
            "rows": _rows(case) if waiting else [],
            "waiting": waiting,
            "may_decide": waiting and self.may_decide(request),
            "reason": explain(case.application.duplicate_reason),
            "days_waiting": days_waiting(case.application.review_since or now, now),
            "days_left": days_left(case.application.expires_at, now),
            "ends_soon": days_left(case.application.expires_at, now)
            <= settings.REVIEW_WARNING_DAYS,
            "link_days": settings.REVIEW_LINK_DAYS,
            "cards": [_card(case, patron) for patron in case.candidates],
            "Verdict": Verdict,
        }
        name = "confirm" if confirming else "case"
        return TemplateResponse(
            request, f"admin/registration/reviewcase/{name}.html", context, status=status
        )


def _rows(case: Case) -> list[dict[str, Any]]:
    """Turn the comparison of every candidate into the rows of a table."""
    applicant = case.application.as_applicant()
    columns = [compare(applicant, patron) for patron in case.candidates]
    own = compare(applicant, applicant)
    return [
        {"label": one.label, "own": one.value or EMPTY, "cells": [column[i] for column in columns]}
        for i, one in enumerate(own)
    ]


def _card(case: Case, patron: Patron) -> str:
    if case.is_linked(patron):
        return "この申請のカードと連携済み"
    return "別のカードと連携済み" if case.has_other_card(patron) else "連携なし"
