"""Staff users in the admin; patrons' logins are not shown here."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.forms import StaffChangeForm, StaffCreationForm, StaffLoginForm
from accounts.models import User
from accounts.validators import PATRON_PREFIX

admin.site.login_form = StaffLoginForm


@admin.register(User)
class StaffAdmin(UserAdmin):
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
