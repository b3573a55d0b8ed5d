"""How users are made."""

from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager

from accounts.validators import validate_staff_username
from audit.enums import Event
from audit.services import record

Login = TypeVar("Login", bound=AbstractBaseUser)


class UserManager(BaseUserManager[Login]):
    """Make users without the names and the e-mail address that ours do not have.

    Raises ValidationError for a staff username that could be a patron's number.
    """

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Any:
        user: Any = self.model(username=self.model.normalize_username(username), **fields)
        if user.is_staff:
            validate_staff_username(user.username)
        user.set_password(password)
        user.save(using=self._db)
        if user.is_staff:
            record(
                Event.RIGHTS_CHANGED,
                reason="added",
                object_type="accounts.user",
                object_id=user.pk,
                fields=fields,
            )
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Any:
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)
