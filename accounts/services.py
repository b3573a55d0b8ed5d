"""Logging in and being logged out, the same way for staff and for patrons."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import CASCADE, ForeignObjectRel
from django.http import HttpRequest, HttpResponse

from accounts import throttle
from accounts.buckets import release
from accounts.models import Session, SessionQuerySet, User
from accounts.second_factor import session as second_factor
from accounts.sessions import store_of
from audit.enums import Event
from audit.services import record
from ui.browsers import marks_of

# Longer than anybody's number, username or password (`accounts.validators`).
MAXIMUM_CREDENTIAL_LENGTH = 1024

# The attribute of a request that says with what its sender has just logged in.
LOGIN_WAY = "login_way"


class LoginWay(StrEnum):
    """What somebody has logged in with; for the record."""

    PASSWORD = "password"  # noqa: S105
    BIRTH_DATE = "birth_date"
    CARD = "card"
    PASSKEY = "passkey"


@dataclass(frozen=True)
class LoginAttempt:
    """What became of a try: a user, or none; with a `wait` it was not looked at.

    Where `is_birth_date_closed`, a birth date opens nothing now, right or wrong.
    """

    user: User | None
    wait: timedelta | None = None
    is_birth_date_closed: bool = False


def attempt_login(*, request: HttpRequest, again: bool = False, **credentials: str) -> LoginAttempt:
    """Check the credentials under the limits of `accounts.throttle`; does not start a session.

    With `again` it is whoever is logged in that types a password once more: no stranger's tries
    count then. What is too long to be anybody's is refused before it costs a hash.
    """
    if any(len(typed) > MAXIMUM_CREDENTIAL_LENGTH for typed in credentials.values()):
        return LoginAttempt(None)
    setattr(request, throttle.ADMISSION, throttle.Admission([]))
    setattr(request, throttle.AGAIN, again)
    user = authenticate(request, **credentials)
    admission: throttle.Admission = getattr(request, throttle.ADMISSION)
    if admission.wait is not None:
        return LoginAttempt(None, admission.wait)
    if user is not None and not admission.is_birth_date_closed:
        release(admission.buckets)
    return LoginAttempt(user, is_birth_date_closed=admission.is_birth_date_closed)


def clear_browser_storage(response: HttpResponse) -> HttpResponse:
    """Let the browser erase service workers and their caches at the end of somebody's session.

    See https://www.w3.org/TR/clear-site-data/.
    """
    if settings.PATRON_CARD_OFFLINE:
        response["Clear-Site-Data"] = '"storage"'
    return response


def begin_login(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Give the session that Django's `login` has just filled its key, times and browser.

    Recorded with the request's `login_way`, which is a password where the caller names no other.
    """
    browser = marks_of(request.headers.get("User-Agent", ""))
    way = getattr(request, LOGIN_WAY, LoginWay.PASSWORD)
    session = store_of(request)
    session.begin_login(browser=browser, is_staff=user.is_staff)
    if user.is_staff:
        # A passkey is something one has, opened by something one knows or is.
        second_factor.begin(session, user=user, is_whole=way == LoginWay.PASSKEY)
    record(
        Event.STAFF_LOGIN if user.is_staff else Event.LOGIN,
        patron_id=_patron_id(user),
        reason=way,
        actor=user,
    )


def record_logout(*, user: User | None, **_: Any) -> None:
    """Record that somebody has pressed ログアウト, or was logged out with the whole account."""
    if user is not None and user.is_authenticated:
        event = Event.STAFF_LOGOUT if user.is_staff else Event.LOGOUT
        record(event, patron_id=_patron_id(user), actor=user)


def end_login(*, user: User, login_id: UUID) -> bool:
    """End one login of a user's own; tell whether there was one."""
    return bool(_end(user, Session.objects.logins_of(user).filter(login_id=login_id)))


def end_other_logins(*, user: User, login_id: UUID | None) -> int:
    """End every login of a user's but the one named; return how many there were."""
    return _end(user, Session.objects.logins_of(user).exclude(login_id=login_id))


def end_all_logins(*, user: User) -> int:
    """End every login of a user's; return how many there were."""
    return _end(user, Session.objects.logins_of(user))


@transaction.atomic
def _end(user: User, logins: SessionQuerySet) -> int:
    count = logins.delete()[0]
    if count:
        record(Event.LOGINS_ENDED, patron_id=_patron_id(user), count=count)
    return count


@transaction.atomic
def close_account(*, user: User) -> None:
    """Switch an account off for good and delete all that goes with it: sessions, requests, keys.

    The row stays, empty: a request that logs in at this moment still finds it, inactive.
    """
    for relation in user._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is CASCADE:
            rows = relation.related_model._base_manager
            rows.filter(**{relation.field.name: user}).delete()
    user.is_active = False
    user.last_login = None
    user.passkey_handle = None
    user.set_unusable_password()
    user.save(update_fields=["is_active", "last_login", "passkey_handle", "password"])


def _patron_id(user: User) -> int | None:
    # What a patron is, the apps above know.
    patron = None if user.is_staff else getattr(user, "patron", None)
    return patron and patron.pk
