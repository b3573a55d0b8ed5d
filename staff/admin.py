"""Staff users and their groups in the admin; patrons' logins are not shown here.

Nobody acts on more rights than they have themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    SetUnusablePasswordMixin,
    UserChangeForm,
)
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ManyToManyField, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from accounts.models import User
from accounts.services import attempt_login
from accounts.validators import PATRON_PREFIX, validate_staff_username
from audit.enums import Event
from audit.services import record
from staff.base import StaffModelAdmin, member_of_staff
from ui.pages import LOGINS_REFUSED, too_often

NOT_HELD = (
    "あなたが持っていない権限は、付けることも外すこともできません。選び直してください。"
    "必要なときは、その権限を持つ職員に依頼してください。"
)

WITHOUT_ONE = "無効にすると、この職員は管理画面にログインできません。"
# As Django's own, whose warning is English in every language; its script looks for this `id`.
IT_IS_LOST = (
    f'{WITHOUT_ONE}<ul id="id_unusable_warning" class="messagelist">'
    '<li class="warning">今のパスワードは、もう使えなくなります。</li></ul>'
)
# What joins users and groups to their rights: rows that go with them, and that have no name.
JOINS = (User.groups.through, User.user_permissions.through, Group.permissions.through)


class StaffLoginForm(AdminAuthenticationForm):
    """The admin's login, which says how long to wait when it was tried too often."""

    def clean(self) -> dict[str, str]:
        username, password = (self.cleaned_data.get(name) for name in ("username", "password"))
        if username is None or not password:
            return self.cleaned_data
        assert self.request is not None
        attempt = attempt_login(request=self.request, username=username, password=password)
        if attempt.wait:
            raise ValidationError(f"{too_often(LOGINS_REFUSED, attempt.wait)}。", code="throttled")
        if attempt.user is None:
            _record_failure(username, "wrong_password")
            raise self.get_invalid_login_error()
        self.user_cache = attempt.user
        try:
            self.confirm_login_allowed(attempt.user)
        except ValidationError:
            _record_failure(username, "not_staff")
            raise
        return self.cleaned_data


def _record_failure(username: str, reason: str) -> None:
    user_id = User.objects.filter(username=username).values_list("pk", flat=True).first()
    record(
        Event.STAFF_LOGIN_FAILED,
        reason=reason if user_id else "unknown_username",
        object_type=User._meta.label_lower,
        object_id=user_id or "",
    )


class StaffCreationForm(AdminUserCreationForm):
    """A new member of staff, with or without a password."""

    usable_password = SetUnusablePasswordMixin.create_usable_password_field(WITHOUT_ONE)

    class Meta:
        model = User
        fields = ("username",)

    def clean_username(self) -> Any:
        """Judge the name as the database will, which asks more of staff than of other logins."""
        username: Any = super().clean_username()
        if username is None:
            return None
        try:
            validate_staff_username(username)
            User(username=username, is_staff=True).validate_constraints()
        except ValidationError as error:
            raise ValidationError(error.messages) from None
        return username

    def save(self, commit: bool = True) -> User:
        self.instance.is_staff = True
        return super().save(commit=commit)


class StaffChangeForm(UserChangeForm):
    """A member of staff, without a look at the password's hash."""

    password = None  # type: ignore[assignment]  # Django's way to leave a field out

    class Meta:
        model = User
        fields = "__all__"


admin.site.login_form = StaffLoginForm


@dataclass(frozen=True)
class Rights:
    """What somebody may do: everything, or the permissions with these keys."""

    is_superuser: bool = False
    permissions: frozenset[int] = frozenset()

    def cover(self, other: "Rights") -> bool:
        """Return whether there is nothing in the others that is not in these."""
        within = not other.is_superuser and other.permissions <= self.permissions
        return self.is_superuser or within


def rights_of(user: User) -> Rights:
    """Return what is stored for somebody, who need not be able to log in at the moment."""
    return Rights(user.is_superuser, _held({"user": user}, {"group__user": user}))


def rights_around(group: Group) -> Rights:
    """Return what a group gives, and all that those who are in it may do."""
    return Rights(
        group.user_set.filter(is_superuser=True).exists(),
        _held({"group": group}, {"user__groups": group}, {"group__user__groups": group}),
    )


def _held(*ways: dict[str, Model]) -> frozenset[int]:
    # A union: joined in one query, every row of each way meets every row of the others.
    first, *others = (
        Permission.objects.filter(**way).order_by().values_list("pk", flat=True) for way in ways
    )
    return frozenset(first.union(*others))


class StaffPasswordForm(AdminPasswordChangeForm):
    """Another password for a member of staff, or none."""

    usable_password_help_text = IT_IS_LOST


def permissions_in_use() -> QuerySet[Permission]:
    """Return the permissions that some page of the admin goes by.

    Django makes four for every model, those of the mail queue and of sessions among them; the
    others are ours.
    """
    pages = ContentType.objects.get_for_models(*admin.site._registry, for_concrete_models=False)
    of_django = Q(codename__regex="^(add|change|delete|view)_")
    return Permission.objects.filter(Q(content_type__in=pages.values()) | ~of_django)


class WithinOwnRights(StaffModelAdmin):
    """A page on which nobody touches, or gives, more rights than they have themselves.

    `rights_in` says which rights are touched with a row, `beyond` why somebody may not.
    """

    change_event = Event.RIGHTS_CHANGED
    rights_in: Callable[[Any], Rights]
    beyond: str
    permissions_field: str

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        if self._is_beyond(request, object_id, self.has_change_permission):
            if request.method == "POST":
                return self.refused(request, self.beyond)
            messages.warning(request, self.beyond)
        return super().change_view(request, object_id, *args, **kwargs)

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        if self._is_beyond(request, object_id, self.has_delete_permission):
            return self.refused(request, self.beyond)
        return super().delete_view(request, object_id, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any) -> Any:
        # The action itself asks of each row.
        try:
            return super().response_action(request, queryset, *args)
        except PermissionDenied:
            return self.refused(request, self.beyond)

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: Any = None, **kwargs: Any
    ) -> Any:
        """Offer what this member of staff has. Nothing is lost: nobody with more is changed."""
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.error_messages["invalid_choice"] = NOT_HELD
        own = rights_of(member_of_staff(request))
        if not own.is_superuser:
            beyond = Permission.objects.exclude(pk__in=own.permissions)
            if field.queryset.model is Group:
                field.queryset = field.queryset.exclude(permissions__in=beyond)
            else:
                field.queryset = field.queryset.filter(pk__in=own.permissions)
        return field

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer the permissions that are in use; of the others what a row has, as a code."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        field = form.base_fields.get(self.permissions_field)
        if field is not None:
            used = set(permissions_in_use().values_list("pk", flat=True))
            held = getattr(obj, self.permissions_field).values_list("pk", flat=True) if obj else ()
            field.queryset = field.queryset.filter(pk__in=used.union(held))
            field.label_from_instance = lambda each: (
                str(each) if each.pk in used else f"画面のない権限 | {_code(each)}"
            )
        return form

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name what goes with a row, but for what merely joins it to its rights."""
        deleted, counts, *refusals = super().get_deleted_objects(objs, request)
        labels = {str(join._meta.verbose_name_plural) for join in JOINS}
        prefixes = tuple(f"{capfirst(join._meta.verbose_name)}: " for join in JOINS)
        counts = {label: count for label, count in counts.items() if str(label) not in labels}
        return _without(prefixes, deleted), counts, *refusals

    def _may_touch(self, request: HttpRequest, row: Any) -> bool:
        return row is None or rights_of(member_of_staff(request)).cover(self.rights_in(row))

    def _is_beyond(self, request: HttpRequest, object_id: str, may: Any) -> bool:
        row = self.get_object(request, unquote(object_id))
        return row is not None and may(request) and not self._may_touch(request, row)


def _code(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def _without(prefixes: tuple[str, ...], deleted: list[Any]) -> list[Any]:
    """Leave out the lines that begin so, on every level of a list of lists."""
    return [
        _without(prefixes, each) if isinstance(each, list) else each
        for each in deleted
        if isinstance(each, list) or not each.startswith(prefixes)
    ]


@admin.register(User)
class StaffAdmin(WithinOwnRights, UserAdmin):
    rights_in = staticmethod(rights_of)
    beyond = (
        "この職員は、あなたにない権限を持っています。変更、削除、パスワードの設定は、"
        "同じ権限を持つ職員ができます。"
    )
    permissions_field = "user_permissions"
    form = StaffChangeForm
    add_form = StaffCreationForm
    change_password_form = StaffPasswordForm
    fieldsets = (
        (None, {"fields": ("username", "password_state")}),
        ("できること", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("個別の権限", {"classes": ("collapse",), "fields": ("user_permissions",)}),
        ("日時", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("password_state", "last_login", "date_joined")
    list_display = ("username", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username",)
    ordering = ("username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).exclude(username__startswith=PATRON_PREFIX)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Let superusers alone make superusers."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        if self._is_beyond(request, id, self.has_change_permission):
            return self.refused(request, self.beyond)
        return super().user_change_password(request, id, form_url)

    @admin.display(description="パスワード")
    def password_state(self, user: User) -> str:
        """Return whether a password is set; no part of it is shown, hashed or not."""
        return "設定済み" if user.has_usable_password() else "未設定"


@admin.register(Group)
class StaffGroupAdmin(WithinOwnRights, GroupAdmin):
    """Rights that several members of staff have together."""

    rights_in = staticmethod(rights_around)
    beyond = (
        "このグループか、グループの職員は、あなたにない権限を持っています。変更と削除は、"
        "同じ権限を持つ職員ができます。"
    )
    permissions_field = "permissions"
