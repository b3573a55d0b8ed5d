"""Staff users in the admin; patrons' logins are not shown here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.forms import StaffChangeForm, StaffCreationForm, StaffLoginForm
from accounts.models import User
from accounts.validators import PATRON_PREFIX
from staff.admin import StaffModelAdmin

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")

admin.site.login_form = StaffLoginForm


@admin.register(User)
class StaffAdmin(StaffModelAdmin, UserAdmin):
    """Make staff users, give them groups, change their passwords."""

    form = StaffChangeForm
    add_form = StaffCreationForm
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("できること", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("個別の権限", {"classes": ("collapse",), "fields": ("user_permissions",)}),
        ("日時", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username",)
    ordering = ("username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).exclude(username__startswith=PATRON_PREFIX)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Let nobody but a superuser hand out rights, least of all to themselves."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep superusers, and so their passwords, from those who are none."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)


@admin.register(Group)
class StaffGroupAdmin(StaffModelAdmin, GroupAdmin):
    """Rights that several members of staff have together."""


def _may_touch(request: HttpRequest, obj: User | None) -> bool:
    return request.user.is_superuser or obj is None or not obj.is_superuser
