"""Logging in, the same way for staff and for patrons."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import CASCADE
from django.http import HttpRequest

from accounts import throttle


@dataclass(frozen=True)
class LoginAttempt:
    """What became of a try: a user, or none; `wait_seconds` is not 0 when it was not looked at."""

    user: AbstractBaseUser | None
    wait_seconds: int = 0

    @property
    def wait_text(self) -> str:
        """The wait in words."""
        return in_words(timedelta(seconds=self.wait_seconds))


def in_words(wait: timedelta) -> str:
    """Return a wait in words, rounded up: 「40秒」「3分」."""
    seconds = ceil(wait.total_seconds())
    return f"{seconds}秒" if seconds < 60 else f"{ceil(seconds / 60)}分"


def attempt_login(*, request: HttpRequest, **credentials: str) -> LoginAttempt:
    """Check the credentials under the limits of `accounts.throttle`; does not start a session."""
    request.login_wait_seconds = 0
    user = authenticate(request, **credentials)
    if user is not None:
        throttle.release(request.login_buckets)
    return LoginAttempt(user, request.login_wait_seconds)


@transaction.atomic
def end_login(*, user: AbstractBaseUser) -> None:
    """Switch a login off for good and delete all that goes with it: sessions, requests, keys.

    The row itself stays, empty: a request that logs in at this moment still finds it, and is
    turned away as inactive.
    """
    for relation in user._meta.get_fields(include_hidden=True):
        if relation.auto_created and getattr(relation, "on_delete", None) is CASCADE:
            rows = relation.related_model._base_manager
            rows.filter(**{relation.field.name: user}).delete()
    user.is_active = False
    user.last_login = None
    user.set_unusable_password()
    user.save(update_fields=["is_active", "last_login", "password"])
