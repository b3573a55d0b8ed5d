"""What a patron's page gets where this product lends: counts, and the loans of who is opened."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from circulation.desk.gate import COUNT, LEND, lends_here
from circulation.enums import HoldState
from circulation.models import Hold, Loan
from circulation.port import library_system
from patrons.models import Patron
from patrons.revealing.session import as_seen, may_see
from staff.base import StaffModelAdmin


class LoansTool(StaffModelAdmin):
    """How much a patron has, for who may know that; and what it is, once the patron is open."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page of what a patron has."""
        view = self.admin_site.admin_view(self.loans_view)
        return [
            path("<int:patron_id>/loans/", view, name="patrons_patron_loans"),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not (lends_here() and request.user.has_perm(COUNT)):
            return fieldsets
        return (*fieldsets, ("貸出と予約", {"fields": ("loans_and_holds",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Patron | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "loans_and_holds")

    @admin.display(description="今の数")
    def loans_and_holds(self, patron: Patron) -> str:
        counts, _ = library_system().counts(patron=patron)
        late = f"（うち期限切れ{counts.overdue}点）" if counts.overdue else ""
        ready = f"（うち用意できたもの{counts.ready}件）" if counts.ready else ""
        return f"貸出{counts.loans}点{late}、予約{counts.holds}件{ready}"

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Offer the loans to whoever lends."""
        context = {"may_see_loans": lends_here() and request.user.has_perm(LEND)}
        kwargs["extra_context"] = (kwargs.get("extra_context") or {}) | context
        return super().change_view(request, object_id, *args, **kwargs)

    def loans_view(self, request: HttpRequest, patron_id: int) -> HttpResponse:
        """Show what a patron has, if the patron was opened by card or for a reason."""
        if not (request.user.has_perm(LEND) and self.has_view_permission(request)):
            raise PermissionDenied
        patron = self.get_object(request, str(patron_id)) if lends_here() else None
        if patron is None or patron.erased_at:
            raise Http404
        is_open = may_see(request, patron.pk)
        loans = Loan.objects.of(patron).with_record().select_related("branch")
        holds = Hold.objects.of(patron).open().with_record().select_related("pickup")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "借りている資料と予約",
            "patron": as_seen(request, patron),
            "is_open": is_open,
            "loans": loans if is_open else [],
            "holds": holds if is_open else [],
            "today": timezone.localdate(),
            "READY": HoldState.READY,
        }
        return TemplateResponse(request, "admin/patrons/patron/loans.html", context)
