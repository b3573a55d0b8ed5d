"""Logging in, the same way for staff and for patrons."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts import throttle

# Longer than anybody's number, username or password (`accounts.validators`).
MAXIMUM_TYPED_LENGTH = 1024


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
    """Check the credentials under the limits of `accounts.throttle`; does not start a session.

    What is too long to be anybody's is refused before it costs a hash.
    """
    if any(len(typed) > MAXIMUM_TYPED_LENGTH for typed in credentials.values()):
        return LoginAttempt(None)
    request.login_wait_seconds = 0
    user = authenticate(request, **credentials)
    if user is not None:
        throttle.release(request.login_buckets)
    return LoginAttempt(user, request.login_wait_seconds)
