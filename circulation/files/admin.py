"""What staff see of a library system by files: what came, what it has not answered, a patron."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from circulation.files.asking import SettledAlready, settle_by_staff
from circulation.files.models import (
    LATE_AFTER,
    LibraryRequest,
    RequestOutcome,
    Snapshot,
    SnapshotState,
)
from circulation.files.system import standing_of
from circulation.files.words import FILES, REASONS, WRONG
from patrons.models import Patron
from staff.base import EMPTY, ReadOnly, StaffModelAdmin
from staff.decision_forms import Choice, DecisionForm
from staff.decision_pages import Decided, DecisionAdmin, WaitingFilter, days_waiting

CLOSED = "記録していません。貸出システムか、ほかの職員が先に結果を出しています。"
CHOICES = [
    Choice(value=RequestOutcome.DONE.value, label="貸出システムで手続きした"),
    Choice(value=RequestOutcome.REFUSED.value, label="できない", needs_note=True),
]


class SnapshotStateFilter(admin.SimpleListFilter):
    title = "状態"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in SnapshotState.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() else queryset


class OnlyWithFiles(StaffModelAdmin):
    """In the menu only where a library system tells by files."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return settings.LIBRARY_SYSTEM == "files" and super().has_module_permission(request)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly, OnlyWithFiles):
    """What came, the last first, and why it was not taken over."""

    list_display = ("name", "as_of", "state", "why", "rows", "seen_at")
    list_filter = (SnapshotStateFilter,)
    presets: ClassVar = (("取り込めなかったもの", {"state": SnapshotState.REFUSED.value}),)
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    fields = readonly_fields = (
        *("name", "sequence", "as_of", "state", "why", "rows", "wrong_lines", "seen_at"),
    )

    def patrons_of(self, row: Snapshot) -> list[int | None]:
        return [None]

    @admin.display(description="理由")
    def why(self, snapshot: Snapshot) -> str:
        if not snapshot.reason:
            return EMPTY
        kind, _, rest = snapshot.detail.partition(":")
        detail = FILES.get(kind, kind) + (f":{rest}" if rest else "")
        return REASONS[snapshot.reason] + (f"（{detail}）" if detail else "")

    @admin.display(description="行")
    def rows(self, snapshot: Snapshot) -> str:
        told = snapshot.counts.get("rows", {})
        return "、".join(f"{FILES[kind]} {told[kind]:,}" for kind in FILES if kind in told) or EMPTY

    @admin.display(description="使えない行")
    def wrong_lines(self, snapshot: Snapshot) -> str:
        told = [
            f"{FILES[kind]} {line}行目: {WRONG[code]}"
            for kind, found in snapshot.examples.items()
            for line, code in found
        ]
        counts = snapshot.counts.get("wrong", {})
        told += [f"{FILES[kind]} 全部で{count:,}行" for kind, count in counts.items() if count]
        return "、".join(told) or EMPTY


class SituationFilter(WaitingFilter):
    """What waits for an answer unless others are asked for."""

    waiting = "返事を待っているもの"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", "返事がないもの"), ("all", "すべて")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "all":
            return queryset
        if self.value() == "late":
            return queryset.late(timezone.now())
        return queryset.open()


@admin.register(LibraryRequest)
class LibraryRequestAdmin(DecisionAdmin, OnlyWithFiles):
    """What was asked of the library system, and what staff found out where it does not answer.

    No title is shown, and whose it is and which item only where no answer came.
    """

    decide_permission = "circulation.settle_libraryrequest"
    heading = "貸出システムへの申し込み"
    closed = CLOSED
    not_recorded = {SettledAlready: CLOSED}
    list_display = ("asked_at", "act", "written_at", "waited", "outcome", "key")
    list_filter = (SituationFilter,)
    list_select_related = ("patron", "record", "pickup", "staff")
    ordering = ("asked_at", "pk")
    sortable_by = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Nothing on these pages is masked elsewhere.
        return StaffModelAdmin.has_view_permission(self, request, obj)

    @admin.display(description="待ち日数")
    def waited(self, asked: LibraryRequest) -> str:
        return EMPTY if asked.settled_at else f"{days_waiting(asked.asked_at)}日"

    def about(self, case: LibraryRequest) -> str:
        return f"{case.get_act_display()} {case.key}"

    def is_waiting(self, row: LibraryRequest) -> bool:
        return row.settled_at is None

    def all_waiting(self, rows: Any) -> Any:
        return rows.open()

    def choices(self, case: LibraryRequest) -> list[Choice]:
        return CHOICES

    def consequences(self, case: LibraryRequest, choice: str) -> list[str]:
        if choice == RequestOutcome.DONE.value:
            told = "利用状況には、貸出システムの次のデータのとおりに表示されます。"
        else:
            told = "本人の利用状況に、「この手続きは、窓口でお申し出ください。」と表示されます。"
        return [
            f"{told}メモの内容は表示しません。",
            "貸出システムには、この申し込みを送らなくなります。",
            "この記録は、取り消せません。本人は、もう一度申し込めます。",
        ]

    def decide(self, case: LibraryRequest, choice: str, form: DecisionForm, staff: User) -> str:
        outcome, note = RequestOutcome(choice), form.cleaned_data["note"]
        settle_by_staff(request_id=case.pk, outcome=outcome, staff=staff, note=note)
        return "結果を記録しました。"

    def decided(self, case: LibraryRequest) -> list[Decided]:
        if self.is_waiting(case):
            return []
        by = case.staff or "貸出システム"
        return [Decided(case.settled_at, by, case.get_outcome_display(), case.note)]

    def context(self, case: LibraryRequest, *, waiting: bool) -> dict[str, Any]:
        is_late = waiting and timezone.now() - case.asked_at > LATE_AFTER
        return {"asked": case, "is_late": is_late, "days_waiting": days_waiting(case.asked_at)}


class StandingTool(StaffModelAdmin):
    """What a patron's page gets: what the library system says, which alone can change it."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets: Any = super().get_fieldsets(request, obj)
        if settings.LIBRARY_SYSTEM != "files":
            return fieldsets
        told = {"fields": ("library_standing",), "description": "貸出システムで変更します。"}
        return [*fieldsets, ("貸出システム", told)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "library_standing")

    @admin.display(description="貸出システムでの状態")
    def library_standing(self, patron: Patron) -> str:
        standing, as_of = standing_of(patron.pk)
        if standing is None or as_of is None:
            return "わかりません（ログインしたことのない方と、まだ貸出システムにない方）"
        local = timezone.localtime(as_of)
        return f"{standing.label}（{date_format(local, 'Y年n月j日')}{local:%H:%M}現在）"
