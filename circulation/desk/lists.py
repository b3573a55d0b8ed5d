"""The lists of the counter: what is overdue, what leaves the hold shelf, what is fetched for it.

Patrons stand in the first alone, beside numbers of items and never beside a title, unless they
have been opened, by card or for a reason. None of them can be searched.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from circulation.desk.gate import OnlyWhereWeLend
from circulation.models import EndedHold, Loan, OverdueLoan, WantedItem
from patrons.models import ContactMethod
from patrons.revealing.session import as_seen, may_see
from staff.base import EMPTY, ReadOnly
from staff.folding import Folded, folded
from staff.large_list import LargeChangeList, LargeListAdmin

NOT_OPENED = "書名は、この利用者の個人情報を表示すると出ます。"


class LoanPages(ReadOnly, OnlyWhereWeLend, LargeListAdmin):
    """Loans as they are shown one by one: overdue ones, of others nobody asks at the counter."""

    fields = readonly_fields = (
        *("item_number", "title_when_open", "due", "days_over", "lent_at", "branch"),
        *("renewals", "whose"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        loans: Any = super().get_queryset(request)
        overdue: QuerySet = loans.overdue(timezone.localdate())
        return overdue

    def _each(self, rows: Iterable[Any]) -> list[tuple[int | None, Any]]:
        # Whose page was opened, and not which loan: no record ties anybody to an item.
        return [(row.patron_id, "") for row in rows]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        loan = super().get_object(request, object_id, from_field)
        if loan is not None:
            loan.seen = as_seen(request, loan.patron)
            loan.is_open = may_see(request, loan.patron_id)
        return loan

    @admin.display(description="書名")
    def title_when_open(self, loan: Any) -> str:
        return str(loan.record or loan.title) if loan.is_open else NOT_OPENED

    @admin.display(description="延滞日数")
    def days_over(self, loan: Loan) -> str:
        days = (timezone.localdate() - loan.due).days
        return f"{days}日" if days > 0 else EMPTY

    @admin.display(description="利用者")
    def whose(self, loan: Any) -> SafeString:
        address = reverse("admin:patrons_patron_change", args=[loan.patron_id])
        return format_html('<a href="{}">{}</a>', address, f"{loan.seen.number} {loan.seen.name}")


class OverdueChangeList(LargeChangeList):
    """The loans, with their patrons as who looks is shown them."""

    def complete(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        for loan in rows:
            loan.seen = as_seen(request, loan.patron)


@admin.register(OverdueLoan)
class OverdueLoanAdmin(LoanPages):
    list_display = ("days_over", "due", "item_number", "patron_as_seen", "reached_by", "branch")
    list_display_links = ("item_number",)
    list_filter = ("branch",)
    list_select_related = ("patron", "branch")
    ordering = ("due", "pk")
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LargeChangeList]:
        return OverdueChangeList

    @admin.display(description="利用者")
    def patron_as_seen(self, loan: Any) -> SafeString:
        address = reverse("admin:patrons_patron_change", args=[loan.patron_id])
        name = format_html('<a href="{}">{}</a>', address, loan.seen.number)
        return folded(name, loan.seen.name)

    @admin.display(description="連絡方法")
    def reached_by(self, loan: Any) -> str | Folded:
        """Return how the patron is told, and where: as far as who looks is shown it."""
        seen = loan.seen.shown
        method = ContactMethod(seen.contact_method).label
        return folded(method, seen.phone, seen.email)


class OfNobody(ReadOnly, OnlyWhereWeLend):
    """Rows whose pages show nothing of a patron."""

    list_display_links = None
    sortable_by = ()
    list_per_page = 100

    def patrons_of(self, row: Any) -> list[int | None]:
        return [None]


@admin.register(EndedHold)
class EndedHoldAdmin(OfNobody):
    list_display = ("pickup", "shelf_number", "item_number", "why", "keep_until")
    list_filter = ("pickup",)
    list_select_related = ("pickup",)
    fields = readonly_fields = ("pickup", "shelf_number", "item_number", "why", "keep_until")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return EndedHold.objects.to_be_cleared()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("pickup__order", "shelf_number", "pk")

    @admin.display(description="理由")
    def why(self, hold: EndedHold) -> str:
        return "取り置き期限が過ぎた" if hold.keep_until else "予約が取り消された"


@admin.register(WantedItem)
class WantedItemAdmin(OfNobody):
    list_display = ("branch", "shelf", "call_number", "title", "number")
    list_filter = ("branch",)
    list_select_related = ("branch", "record")
    fields = readonly_fields = ("branch", "shelf", "call_number", "title", "number")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return WantedItem.objects.wanted(timezone.localdate())

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("branch__order", "shelf", "call_number", "pk")

    @admin.display(description="書名")
    def title(self, item: WantedItem) -> str:
        return str(item.record)
