"""What staff see of the library system: who is in it yet, and which files were written for it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest

from patrons.models import Patron, PatronExport
from patrons.querysets import PatronQuerySet
from patrons.transfer.exporting import export_again
from staff.base import ReadOnly, StaffModelAdmin, member_of_staff
from staff.large_list import MOST_LISTED

NOT_EXPORTED = "貸出システム未反映"
CHANGED = "反映後に変更あり"
EXPORTED = "反映済み"


class ExportFilter(admin.SimpleListFilter):
    """By whether the library system knows the patron."""

    title = "貸出システム反映"
    parameter_name = "exported"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("no", NOT_EXPORTED), ("changed", CHANGED), ("yes", EXPORTED)]

    def queryset(self, request: HttpRequest, queryset: Any) -> PatronQuerySet:
        match self.value():
            case "no":
                return queryset.not_exported()
            case "changed":
                return queryset.changed_since_export()
            case "yes":
                return queryset.exported()
        return queryset


def export_state(patron: Patron) -> str:
    """Return how the library system knows a patron, in words."""
    if patron.exported_at is None:
        return NOT_EXPORTED
    return EXPORTED if patron.exported_at >= patron.updated_at else CHANGED


@admin.action(
    description="貸出システムへもう一度送る（次の書き出しに含める）", permissions=["change"]
)
def send_again(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    """Have the next export write the chosen patrons once more, as after a file that was lost."""
    chosen = list(queryset.order_by("pk")[: MOST_LISTED + 1])
    if len(chosen) > MOST_LISTED:
        model_admin.message_user(
            request,
            f"一度に選べるのは{MOST_LISTED}件までです。全員を送り直すときは、システム担当者に"
            "全件の書き出しを依頼してください。",
            messages.ERROR,
        )
        return
    export_again(patrons=Patron.objects.filter(pk__in=[patron.pk for patron in chosen]))
    LogEntry.objects.log_actions(
        member_of_staff(request).pk, chosen, CHANGE, "貸出システムへもう一度送ることにした。"
    )
    model_admin.message_user(
        request, f"{len(chosen)}件を{NOT_EXPORTED}に戻しました。次の書き出しに含まれます。"
    )


@admin.register(PatronExport)
class PatronExportAdmin(ReadOnly, StaffModelAdmin):
    """The files that were written; nothing is changed here."""

    list_display = ("file_name", "started_at", "encoding", "patrons", "marked", "reported")
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
