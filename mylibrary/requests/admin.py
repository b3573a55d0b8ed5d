"""Titles that patrons asked for: the list, and the page where staff decide; nobody is named."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from catalog.search.folding import fold, isbn13
from mylibrary.requests import decision_forms as forms
from mylibrary.requests.decision_forms import TitleDecisionForm
from mylibrary.requests.enums import DeclineReason, TitleState
from mylibrary.requests.lifecycle import ALLOWED, OPEN, UNDECIDED
from mylibrary.requests.models import WantedTitle, WantedTitleQuerySet
from mylibrary.requests.owned import MOST_SHOWN, near, of_isbn
from mylibrary.requests.services import TitleClosed, decide
from staff.base import EMPTY
from staff.decision_forms import Choice, DecisionForm
from staff.decision_pages import Decided, DecisionPages, WaitingFilter
from ui.stale_page import mark_of

CLOSED = (
    "決定は記録されていません。ほかの職員が先に決定したか、リクエストした人が全員取り下げています。"
)
DONE = "決定しました。"
TOLD = "リクエストした人には、次の日の朝にまとめて知らせます。"
# Of each state, what may be chosen: what is granted first, then refused, then put off.
OFFERED = (
    (TitleState.BUYING, (forms.BUY,)),
    (TitleState.BORROWING, (forms.BORROW,)),
    (TitleState.READY, (forms.READY,)),
    (TitleState.DECLINED, forms.DECLINE),
    (TitleState.CONSIDERED, (forms.CONSIDER,)),
)


class SituationFilter(WaitingFilter):
    """What waits for a decision unless others are asked for."""

    waiting = "決定待ち"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("coming", "用意待ち"), ("closed", "終了"), ("all", "すべて")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "coming":
                return queryset.open().exclude(state__in=UNDECIDED)
            case "closed":
                return queryset.closed()
            case "all":
                return queryset
        return queryset.undecided()


@admin.register(WantedTitle)
class WantedTitleAdmin(DecisionPages):
    """The oldest first; who asked is on no page, and so in no search and no file."""

    decide_permission = "mylibrary.decide_wantedtitle"
    heading = "リクエスト"
    closed = CLOSED
    not_recorded = {TitleClosed: CLOSED}
    form_class = TitleDecisionForm

    list_display = ("first_on", "what", "edition", "wanted_by", "state", "waited")
    list_filter = (SituationFilter,)
    search_fields = ("title_key",)
    search_help_text = "書名、著者名、ISBNでさがせます。"
    ordering = ("first_on", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find titles by an ISBN, or by words of title and author, however they are written."""
        if number := isbn13(search_term):
            return queryset.filter(isbn=number), False
        for word in map(fold, search_term.split()):
            queryset = queryset.filter(Q(title_key__contains=word) | Q(author_key__contains=word))
        return queryset, False

    @admin.display(description="資料")
    def what(self, wanted: WantedTitle) -> str:
        return wanted.line

    @admin.display(description="出版者、年、ISBN")
    def edition(self, wanted: WantedTitle) -> str:
        return "、".join(filter(None, (wanted.published, wanted.isbn))) or EMPTY

    @admin.display(description="待ち日数", ordering="first_on")
    def waited(self, wanted: WantedTitle) -> str:
        return f"{_days(wanted)}日" if wanted.state in UNDECIDED else EMPTY

    def about(self, case: WantedTitle) -> str:
        return case.title

    def is_waiting(self, row: WantedTitle) -> bool:
        return row.state in OPEN

    def all_waiting(self, rows: Any) -> WantedTitleQuerySet:
        return rows.open()

    def choices(self, case: WantedTitle) -> list[Choice]:
        before = TitleState(case.state)
        offered = [one for after, each in OFFERED if after in ALLOWED[before] for one in each]
        if before == TitleState.BORROWING:
            offered.insert(offered.index(forms.READY) + 1, forms.BORROWED)
        return offered

    def mark(self, case: WantedTitle) -> str:
        return mark_of("wanted-title", (case.pk, case.state))

    def consequences(self, case: WantedTitle, choice: str) -> list[str]:
        everybody = f"リクエストした{case.wanted_by}人に"
        if choice == TitleState.CONSIDERED:
            return [
                f"{everybody}は、Myライブラリで「検討中」と表示します。メッセージは送りません。",
                "決めるまで、この一覧に残ります。リクエストした人は、取り下げることができます。",
            ]
        if choice in DeclineReason.values:
            told = f"「{DeclineReason(choice).label}」と、利用者への説明を知らせます。"
            return [
                f"{everybody}、お応えできないことと、{told}",
                "このリクエストは終わります。取り消せません。もう一度リクエストすることはできます。",
                _TELLING,
            ]
        if choice in (TitleState.READY, forms.READY_BORROWED):
            return [
                f"{everybody}、用意できたことを知らせます。予約や取り置きは、しません。",
                "このリクエストは終わります。取り消せません。",
                _TELLING,
            ]
        label = TitleState(choice).label
        return [
            f"{everybody}「{label}」と知らせます。取り下げは、できなくなります。",
            "「用意待ち」の一覧に移ります。届いたら「用意できた」を、"
            "手に入らなかったら「応じない」を選んでください。発注や借り受けの申し込みは、しません。",
            _TELLING,
        ]

    def decide(self, case: WantedTitle, choice: str, form: DecisionForm, staff: User) -> str:
        assert isinstance(form, TitleDecisionForm)
        decide(wanted_id=case.pk, staff=staff, decision=form.decision)
        return DONE if choice == TitleState.CONSIDERED else f"{DONE}{TOLD}"

    def decided(self, case: WantedTitle) -> list[Decided]:
        made = [
            Decided(each.decided_at, each.staff, _what(each), each.note)
            for each in case.decisions.select_related("staff")
        ]
        if case.state == TitleState.WITHDRAWN:
            made.append(Decided(case.state_at, "リクエストした人", case.get_state_display()))
        return made

    def context(self, case: WantedTitle, *, waiting: bool) -> dict[str, Any]:
        typed = case.suggestions.current().order_by("pk")
        owned = (of_isbn(case.isbn) or near(case.title, case.author)) if waiting else []
        earlier = (
            WantedTitle.objects.closed().exclude(pk=case.pk).exclude(state=TitleState.WITHDRAWN)
        )
        keys = {"isbn": case.isbn, "title_key": case.title_key, "author_key": case.author_key}
        return {
            "wanted": case,
            "days_waiting": _days(case),
            "undecided": case.state in UNDECIDED,
            "typed": typed,
            "owned": owned,
            "earlier": earlier.same_as(**keys)[:MOST_SHOWN],
        }


_TELLING = "次の日の朝に、ほかの回答とまとめて1通で知らせます。メールに書名は書きません。"


def _days(wanted: WantedTitle) -> int:
    return max((timezone.localdate() - wanted.first_on).days, 0)


def _what(decision: Any) -> str:
    said = decision.get_reason_display() or decision.sentence
    label = decision.get_state_display()
    return f"{label}（{said}）" if said else label
