"""館 as staff keep them: names, opening hours, closing days."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from branches.models import Branch, Closure, OpeningHours
from staff.base import StaffModelAdmin


class OpeningHoursInline(admin.TabularInline):
    model = OpeningHours
    extra = 0
    max_num = 7


@admin.register(Branch)
class BranchAdmin(StaffModelAdmin):
    """The branches; one that has items cannot be deleted."""

    list_display = ("name", "code", "order", "is_listed")
    inlines = (OpeningHoursInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Branch | None = None) -> tuple:
        """Keep the code of a branch that is there: files and addresses name it."""
        return ("code",) if obj else ()

    def patrons_of(self, row: Any) -> list[None]:
        return [None]


@admin.register(Closure)
class ClosureAdmin(StaffModelAdmin):
    """特別整理期間, 臨時休館: days beyond the rule."""

    list_display = ("first", "last", "branch", "reason")
    list_select_related = ("branch",)

    def patrons_of(self, row: Any) -> list[None]:
        return [None]
