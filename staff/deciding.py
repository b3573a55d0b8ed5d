"""Admin pages on which staff decide: the list with what waits first, and each row's own page."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from staff.base import StaffModelAdmin
from staff.read_only import ReadOnly


class WaitingFilter(admin.SimpleListFilter):
    """What waits, called `waiting`, unless others are asked for."""

    title = "状況"
    parameter_name = "situation"
    waiting: str

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        choices[0]["display"] = self.waiting
        return choices


class DecidedByStaff(ReadOnly, StaffModelAdmin):
    """Rows that are looked at by whoever may view them, and decided on with `decide_permission`."""

    decide_permission: str
    list_per_page = 50

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a row, or take a decision on it."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if request.method != "POST":
            return self.shown(request, row)
        if not self.may_decide(request):
            raise PermissionDenied
        return self.sent(request, row)

    def may_decide(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may decide."""
        return request.user.has_perm(self.decide_permission)

    def shown(self, request: HttpRequest, row: Any) -> HttpResponse:
        """Return the row's page."""
        raise NotImplementedError

    def sent(self, request: HttpRequest, row: Any) -> HttpResponse:
        """Return the answer to what was sent from the row's page."""
        raise NotImplementedError
