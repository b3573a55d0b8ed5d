"""Pairs of patrons who may be one person: the list, and the page where staff decide."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from patrons.doubles.models import DoubleVerdict, PossibleDouble, PossibleDoubleQuerySet, Strength
from patrons.doubles.services import DoubleChanged, DoubleDecided, decide_double, mark
from patrons.matching.comparison import AGREEING, may_be_told, side_by_side
from staff.base import EMPTY
from staff.decision_forms import Choice, DecisionForm
from staff.decision_pages import CHANGED, Decided, DecisionAdmin, WaitingFilter

DAY = "n月j日（D）"
WAITING_FIRST = Case(When(verdict="", then=0), default=1).asc()
STRONGER_FIRST = Case(When(strength=Strength.POSSIBLE, then=0), default=1).asc()
SAME = Choice(value=DoubleVerdict.SAME_PERSON.value, label=str(DoubleVerdict.SAME_PERSON.label))
OTHER = Choice(
    value=DoubleVerdict.OTHER_PERSON.value,
    label=str(DoubleVerdict.OTHER_PERSON.label),
    needs_note=True,
)
TO_BE_JOINED = f"{SAME.label}（統合待ち）"
DONE = {
    OTHER.value: "別人と決定しました。この2人は、もうこの一覧に出ません。",
    SAME.value: (
        f"同一人物と決定しました。「{TO_BE_JOINED}」の一覧に残ります。"
        "番号の統合は、窓口と貸出システムで行ってください。"
    ),
}
UNCHANGED = "利用者の登録は変わらず、利用者には何も送りません。"
FINAL = "この決定は、取り消せません。"
DECIDED = "決定は記録されていません。ほかの職員が先に決定したか、利用者が退会しています。"


class SituationFilter(WaitingFilter):
    """Waiting pairs unless others are asked for."""

    waiting = "確認待ち"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("hint", "確認待ちのうち、手がかりだけ"),
            ("join", TO_BE_JOINED),
            ("decided", "決定済み"),
            ("all", "すべて"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> PossibleDoubleQuerySet:
        match self.value():
            case "hint":
                return queryset.waiting().filter(strength=Strength.HINT)
            case "join":
                return queryset.to_be_joined()
            case "decided":
                return queryset.decided()
            case "all":
                return queryset
        return queryset.waiting()


@admin.register(PossibleDouble)
class PossibleDoubleAdmin(DecisionAdmin):
    """Waiting pairs first: those with a day to look by, then the stronger, then the oldest."""

    decide_permission = "patrons.decide_possibledouble"
    heading = "二重登録かもしれない利用者"
    closed = DECIDED
    gone = "決定は記録されていません。利用者の個人情報が消去されたか、もう似ていません。"
    not_recorded = {DoubleDecided: DECIDED, DoubleChanged: CHANGED}

    list_display = ("numbers", "names", "judged", "agreeing", "found", "due", "situation")
    list_filter = (SituationFilter,)
    list_select_related = ("first", "second", "staff")
    search_fields = ("=first__number", "=second__number")
    search_help_text = "利用者番号でさがせます。"
    ordering = (WAITING_FIRST, "look_by", STRONGER_FIRST, "found_at", "pk")

    def patrons_of(self, row: PossibleDouble) -> list[int | None]:
        return [row.first_id, row.second_id]

    @admin.display(description="利用者番号")
    def numbers(self, double: PossibleDouble) -> str:
        return f"{double.first.number} と {double.second.number}"

    @admin.display(description="名前")
    def names(self, double: PossibleDouble) -> str:
        names = dict.fromkeys((double.first.name, double.second.name))
        return "／".join(filter(None, names)) or EMPTY

    @admin.display(description="二重登録の判定")
    def judged(self, double: PossibleDouble) -> str:
        # With the names beside it, it would say whether contacts and addresses agree.
        withheld = double.first.is_withheld or double.second.is_withheld
        return EMPTY if withheld else double.get_strength_display()

    @admin.display(description="同じ項目")
    def agreeing(self, double: PossibleDouble) -> str:
        told = (one for one in double.fields if may_be_told(one, double.first, double.second))
        return "、".join(AGREEING.get(code, code) for code in told) or EMPTY

    @admin.display(description="見つけた日")
    def found(self, double: PossibleDouble) -> str:
        return date_format(timezone.localtime(double.found_at), "Y年n月j日")

    @admin.display(description="確認の期限")
    def due(self, double: PossibleDouble) -> str:
        if double.look_by is None or double.verdict:
            return EMPTY
        late = "（遅れ）" if double.look_by < timezone.localdate() else ""
        return f"{date_format(double.look_by, DAY)}{late}"

    @admin.display(description="状況")
    def situation(self, double: PossibleDouble) -> str:
        return double.get_verdict_display() or self.ended(double) or "確認待ち"

    def ended(self, double: PossibleDouble) -> str:
        """Return why nothing is to be decided any more, "" where something is."""
        gone = [one for one in (double.first, double.second) if one.withdrawn_at]
        return f"利用者 {gone[0].number} が退会" if gone else ""

    def about(self, case: PossibleDouble) -> str:
        return self.numbers(case)

    def is_waiting(self, row: PossibleDouble) -> bool:
        return not row.verdict and not self.ended(row)

    def all_waiting(self, rows: Any) -> PossibleDoubleQuerySet:
        return rows.waiting()

    def choices(self, case: PossibleDouble) -> list[Choice]:
        return [SAME, OTHER]

    def mark(self, case: PossibleDouble) -> str:
        return mark(case)

    def consequences(self, case: PossibleDouble, choice: str) -> list[str]:
        if choice == OTHER.value:
            return [f"この2人は、もう一覧に出ません。{UNCHANGED}", FINAL]
        return [
            f"この2人は、「{TO_BE_JOINED}」の一覧に残ります。{UNCHANGED}",
            "番号の統合は、窓口と貸出システムで行います。",
            FINAL,
        ]

    def decide(self, case: PossibleDouble, choice: str, form: DecisionForm, staff: User) -> str:
        decide_double(
            double_id=case.pk,
            staff=staff,
            verdict=DoubleVerdict(choice),
            note=form.cleaned_data["note"],
            shown=form.cleaned_data["mark"],
        )
        return DONE[choice]

    def decided(self, case: PossibleDouble) -> list[Decided]:
        if not case.verdict:
            return []
        return [Decided(case.decided_at, case.staff, case.get_verdict_display(), case.note)]

    def context(self, case: PossibleDouble, *, waiting: bool) -> dict[str, Any]:
        return {
            "double": case,
            "patrons": [case.first, case.second],
            "rows": side_by_side(case.first, [case.second]),
            "judged": self.judged(case),
            "agreeing": self.agreeing(case),
            "due": self.due(case),
            "ended": self.ended(case),
        }
