"""Forms of the admin: logging in under the limits, and staff users."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.services import attempt_login
from accounts.validators import validate_staff_username
from audit.enums import Event
from audit.services import record
from ui.pages import LOGINS_REFUSED, too_often


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
    """A new member of staff."""

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
