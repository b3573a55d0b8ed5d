"""Staff users, their roles and groups in the admin; patrons' logins are not shown here.

Nobody acts on more rights than they have themselves, or may give.
"""

from collections.abc import Callable
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
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, QuerySet, When
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.text import capfirst

from accounts.models import User
from accounts.services import attempt_login, end_all_logins
from accounts.validators import PATRON_PREFIX, validate_staff_username
from audit.enums import Event
from audit.services import record
from staff.base import EMPTY, StaffModelAdmin, member_of_staff
from staff.rights import Rights, permissions_in_use, rights_around, rights_of, rights_over
from staff.roles import NAMES, ROLES
from staff.watch import watch
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
NAME_NEEDED = "氏名を入力してください。操作の記録や決定に、この名前を表示します。"
NUMBER_UNKNOWN = "この番号の利用者は見つかりません。番号を確かめるか、空けておいてください。"
SWITCHED_OFF = "この職員は、もうログインできません。ログイン中だった画面も、すべて終了しました。"
ROLE = "役割"
DOES = [(role.name, f"{role.does}。") for role in ROLES]
ROLES_OF_OWN = (
    "役割の内容は、システムで決まっていて、変更も削除もできません。"
    "職員に役割を付けるには、「職員」の画面で選びます。"
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
        fields = ("username", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _need_a_name(self)

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _need_a_name(self)

    def clean_patron_number(self) -> str:
        """Return the number as it is stored; one that is not changed may be of the past."""
        typed: str = self.cleaned_data["patron_number"]
        if not typed or typed == self.initial.get("patron_number"):
            return typed
        number = watch().number_of(typed)
        if number is None:
            raise ValidationError(NUMBER_UNKNOWN, code="unknown")
        return number


def _need_a_name(form: Any) -> None:
    # Not in the model: patrons' logins have none, and `createsuperuser` asks for none.
    if field := form.fields.get("name"):
        field.required = True
        field.error_messages["required"] = NAME_NEEDED


admin.site.login_form = StaffLoginForm


class StaffPasswordForm(AdminPasswordChangeForm):
    """Another password for a member of staff, or none."""

    usable_password_help_text = IT_IS_LOST


class WithinOwnRights(StaffModelAdmin):
    """A page on which nobody touches, or gives, more rights than they have or may give.

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
        if why := self._beyond(request, object_id, self.has_change_permission):
            if request.method == "POST":
                return self.refused(request, why)
            messages.warning(request, why)
        return super().change_view(request, object_id, *args, **kwargs)

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        if why := self._beyond(request, object_id, self.has_delete_permission):
            return self.refused(request, why)
        return super().delete_view(request, object_id, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any) -> Any:
        # The action itself asks of each row.
        try:
            return super().response_action(request, queryset, *args)
        except PermissionDenied:
            return self.refused(request, self.beyond)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer what this member of staff may give, and of that only what some page goes by.

        What else a row has is shown as a code. Nothing is lost: nobody with more is changed.
        """
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        reach = rights_over(member_of_staff(request), obj)
        for name in {"groups", self.permissions_field} & form.base_fields.keys():
            field = form.base_fields[name]
            field.error_messages["invalid_choice"] = NOT_HELD
            if not reach.is_superuser:
                beyond = Permission.objects.exclude(pk__in=reach.permissions)
                is_group = field.queryset.model is Group
                out = {"permissions__in": beyond} if is_group else {"pk__in": beyond}
                field.queryset = field.queryset.exclude(**out)
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

    def why_not(self, row: Any) -> str:
        """Return why somebody who may change rows may not change this one."""
        return self.beyond

    def _may_touch(self, request: HttpRequest, row: Any) -> bool:
        if row is None:
            return True
        return rights_over(member_of_staff(request), row).cover(self.rights_in(row))

    def _beyond(self, request: HttpRequest, object_id: str, may: Any) -> str:
        row = self.get_object(request, unquote(object_id))
        if row is None or not may(request) or self._may_touch(request, row):
            return ""
        return self.why_not(row)


def _code(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def _without(prefixes: tuple[str, ...], deleted: list[Any]) -> list[Any]:
    """Leave out the lines that begin so, on every level of a list of lists."""
    return [
        _without(prefixes, each) if isinstance(each, list) else each
        for each in deleted
        if isinstance(each, list) or not each.startswith(prefixes)
    ]


class RoleFilter(admin.RelatedFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = ROLE


@admin.register(User)
class StaffAdmin(WithinOwnRights, UserAdmin):
    """Staff, by name. Who leaves is switched off, which ends every login at once."""

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
        (None, {"fields": ("username", "name", "patron_number", "password_state")}),
        ("できること", {"fields": ("is_active", "groups", "is_superuser")}),
        ("個別の権限", {"classes": ("collapse",), "fields": ("user_permissions",)}),
        ("日時", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("password_state", "last_login", "date_joined")
    add_fieldsets = (
        (None, {"fields": ("username", "name", "usable_password", "password1", "password2")}),
    )
    filter_horizontal = ("user_permissions",)
    list_display = ("username", "name", "roles", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", ("groups", RoleFilter), "is_superuser")
    search_fields = ("username", "name")
    search_help_text = "ユーザー名、氏名でさがせます。"
    ordering = ("username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        staff = super().get_queryset(request).exclude(username__startswith=PATRON_PREFIX)
        return staff.prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Let superusers alone make superusers, and nobody switch off the own login."""
        fields = super().get_readonly_fields(request, obj)
        if not request.user.is_superuser:
            fields = (*fields, "is_superuser")
        return (*fields, "is_active") if obj == request.user else fields

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer the roles as boxes in the table's order, and say what each is for."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if field := form.base_fields.get("groups"):
            order = Case(*(When(name=name, then=n) for n, name in enumerate(NAMES)), default=99)
            field.queryset = field.queryset.order_by(order, "name")
            field.widget = CheckboxSelectMultiple(choices=field.choices)
            field.label = ROLE
            field.help_text = format_html_join("", "<div>{}：{}</div>", DOES)
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Store a member of staff; one who is switched off is logged out everywhere."""
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            end_all_logins(user=obj)
            messages.info(request, SWITCHED_OFF)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        if unquote(id) == str(request.user.pk):
            # Where the old one is asked for: somebody may have found a login open.
            return redirect("admin:password_change")
        if why := self._beyond(request, id, self.has_change_permission):
            return self.refused(request, why)
        return super().user_change_password(request, id, form_url)

    @admin.display(description=ROLE)
    def roles(self, user: User) -> str:
        return "、".join(group.name for group in user.groups.all()) or EMPTY

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

    def why_not(self, row: Group) -> str:
        return ROLES_OF_OWN if row.name in NAMES else self.beyond

    def _may_touch(self, request: HttpRequest, row: Any) -> bool:
        """Let nobody change what the table says."""
        is_role = row is not None and row.name in NAMES
        return not is_role and super()._may_touch(request, row)
