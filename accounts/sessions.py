"""The session engine: Django's database sessions that also know their user and their last use.

A session in which somebody is logged in (a login) ends after a time without use, and after a longer
one whatever is done (`accounts.timeouts`). What it holds of the browser's own, whoever is logged in
(`SESSION_KEPT_AFTER_LOGIN`), lives on for as long as it would have without a login.

A new key may never reach its browser: the answer was lost. Until somebody comes with the new key,
and for ANSWER_MAY_BE_LOST at most, the former one is not forgotten (docs/adr/0046-lost-answers.md).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string

from accounts import timeouts
from accounts.models import Session, SessionQuerySet

LAST_SEEN_EVERY = timedelta(minutes=1)
ANSWER_MAY_BE_LOST = timedelta(minutes=5)
KEY_LENGTH = 32
_KEY = re.compile(f"[0-9a-z]{{{KEY_LENGTH}}}")
# Read by every page of somebody who is logged in: building this query with the ORM took longer
# than running it.
_READ = """
SELECT session_data, last_seen_at, logged_in_at, login_id, former_key,
    (SELECT is_staff FROM accounts_user WHERE accounts_user.id = user_id)
FROM accounts_session
WHERE session_key = %s AND expire_date > %s
"""


class LoginEnd(StrEnum):
    """How a browser's login ended without its own ログアウト; shown in the login page's address."""

    TIMED_OUT = "timed-out"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Login:
    """A login as its session carries it; `browser` is known only in the request that began it."""

    id: UUID
    began_at: datetime
    last_seen_at: datetime
    is_staff: bool = False
    browser: str | None = None


class SessionStore(DatabaseSessionStore):
    """Keep a session in `accounts.Session`.

    `last_seen_at` is written at most once in LAST_SEEN_EVERY: a login that is not used ends up to
    that much early, never late. `ended` says in which way this browser's login is over that it
    still asked with. `keeps_cookie` lets it keep the cookie of a session that is not there.
    """

    # Django's own, which is not in its stubs.
    _get_session: Callable[..., dict[str, Any]]

    ended: LoginEnd | None = None
    keeps_cookie = False
    _login: Login | None = None
    _has_new_key = False
    _missing_key = ""
    # The key this browser came with and what it must show to go on from it.
    _former: tuple[str, str] | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @classmethod
    def clear_expired(cls) -> Any:
        """Delete expired sessions, and end the logins past a time-out; return how many of both."""
        now = timezone.now()
        latest = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        # Written by a clock that was ahead: they end in their time, counted from now.
        written_ahead = Session.objects.filter(expire_date__gt=latest + timeouts.CLOCK_SKEW)
        written_ahead.update(expire_date=latest)
        count = Session.objects.filter(expire_date__lt=now).delete()[0]
        for key in Session.objects.timed_out(now).values_list("pk", flat=True):
            cls(key).load()
            count += 1
        return count

    @property
    def is_missing(self) -> bool:
        """Whether the browser came with the key of a session that is not there."""
        self._get_session()
        return self.session_key is None and bool(self._missing_key)

    @property
    def login_id(self) -> UUID | None:
        """The public name of the login; None where nobody is logged in."""
        self._get_session()
        return self._login.id if self._login else None

    @property
    def time_left(self) -> timeouts.TimeLeft | None:
        """The time the login has left; None where nobody is logged in."""
        self._get_session()
        if (login := self._login) is None:
            return None
        return timeouts.time_left(
            logged_in_at=login.began_at,
            last_seen_at=login.last_seen_at,
            now=timezone.now(),
            is_staff=login.is_staff,
        )

    def load(self, *, is_received: bool = True) -> dict[str, Any]:
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(_READ, [self.session_key, now])
            row = cursor.fetchone()
        if row is None:
            return self._read_what_was_the_browsers()
        data, last_seen_at, logged_in_at, login_id, former_key, is_staff = row
        if former_key and is_received:
            self._row.update(former_key="", former_answer="")
        if logged_in_at is not None and timeouts.is_over(
            logged_in_at=logged_in_at, last_seen_at=last_seen_at, now=now, is_staff=is_staff
        ):
            return self._end_login(self.decode(data))
        if now - last_seen_at > LAST_SEEN_EVERY:
            self._row.update(last_seen_at=now)
            last_seen_at = now
        if logged_in_at is not None:
            self._login = Login(login_id, logged_in_at, last_seen_at, is_staff)
        return self.decode(data)

    def _read_what_was_the_browsers(self) -> dict[str, Any]:
        """Return what the browser may know whose key is gone: nothing, unless it was just replaced.

        Then what was its own all the while, and never the login that the new key is for.
        """
        self._missing_key, self._session_key = self.session_key or "", None
        heir = self._unreceived.first()
        if heir is None:
            self.ended = LoginEnd.ELSEWHERE
            return {}
        self.keeps_cookie = True
        return {} if heir.former_answer else _kept(self.decode(heir.session_data))

    def resume_lost_answer(self, *, answer: str) -> bool:
        """Go on under the new key that this browser never got.

        `answer` is what was given to `cycle_key` with it. False, and nothing happens, where the
        browser's key is good, or another one's, or the time is over. Of several that come at once
        each gets the same key, so it does not matter which answer arrives.
        """
        if not self.is_missing:
            return False
        found = self._unreceived.first()
        if found is None or not compare_digest(found.former_answer, _digest(answer)):
            return False
        self._session_key = found.pk
        self._session_cache = self.load(is_received=False)
        self.modified = True
        return True

    def extend(self) -> None:
        """Let the idle time begin anew, at once: the person has said to be there still."""
        self._get_session()
        if self._login:
            now = timezone.now()
            is_there = self._row.update(last_seen_at=now)
            self._login = replace(self._login, last_seen_at=now) if is_there else None

    def begin_login(self, *, browser: str, is_staff: bool) -> None:
        """Somebody has just logged in here: the login's time starts now, under a new key."""
        self._get_session()
        if not self._has_new_key:
            self._leave(answer="")
        if self.keeps_cookie:
            # The same login once more, and its answer may be lost as well.
            self._former = (self._missing_key, "")
        self._login = _new_login(browser, is_staff)
        self.ended = None
        self.modified = True

    def _end_login(self, data: dict[str, Any]) -> dict[str, Any]:
        """End a login that is past its time; return what stays of its session."""
        self.ended = LoginEnd.TIMED_OUT
        if kept := _kept(data):
            nobody = {"user": None, "login_id": None, "logged_in_at": None, "browser": ""}
            self._row.update(session_data=self.encode(kept), **nobody)
        else:
            self._row.delete()
            self._session_key = None
        return kept

    @property
    def _row(self) -> SessionQuerySet:
        return Session.objects.filter(pk=self.session_key)

    @property
    def _unreceived(self) -> SessionQuerySet:
        return Session.objects.unreceived(self._missing_key, ANSWER_MAY_BE_LOST)

    def _validate_session_key(self, key: str | None) -> bool:
        # A cookie can hold anything, NUL included, which PostgreSQL refuses with an error.
        return key is not None and _KEY.fullmatch(key) is not None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        assert isinstance(session, Session)
        if user_id := data.get(SESSION_KEY):
            self._login = self._login or _new_login("")
            session.user_id = user_id
            session.login_id = self._login.id
            session.logged_in_at = self._login.began_at
            session.browser = self._login.browser or ""
        if self._former:
            session.former_key, session.former_answer = self._former
        return session

    def cycle_key(self, *, answer: str = "") -> None:
        """Give the stored session another key, at once in its row; the old one opens it no more.

        A session that is not stored gets its key when it is saved; a login that was ended elsewhere
        meanwhile does not come back. A browser that has not got the new key may go on from the old
        one with `answer`, which only a browser that was there can have. Without one, the old key
        still reads for a while what was the browser's own before.
        """
        self._get_session()  # while the old key finds it
        if self._has_new_key:
            return  # Nobody has been told the key yet: another one would be no better.
        if not self._leave(answer=answer) and self._login:
            self._session_cache = {}
            self._login = None
        self.modified = True

    def _leave(self, *, answer: str) -> bool:
        """Move the row, if there is one, to another key; return whether there was one."""
        former = self._former
        if former is None and self.session_key and (answer or _kept(self._session_cache)):
            former = (self.session_key, _digest(answer) if answer else "")
        key = self._get_new_session_key()
        changes = {"session_key": key, "created_at": timezone.now()}
        if former:
            # Not only when the session is saved: whatever fails before loses the answer as well.
            changes["former_key"], changes["former_answer"] = former
        self._has_new_key = True
        if self.session_key and self._row.update(**changes):
            self._session_key, self._former = key, former
            return True
        self._session_key = None
        return False

    def flush(self) -> None:
        # Django does this to a login whose password has been changed in another browser.
        if self._login:
            self.ended = LoginEnd.ELSEWHERE
        super().flush()
        self._login = None
        self._has_new_key = True
        self.keeps_cookie = False

    def start_afresh(self) -> None:
        """Forget everybody and everything of the session, under a key that nobody knows yet.

        Where it has such a key already, the row is emptied when the session is saved.
        """
        if not (self._has_new_key and self.session_key):
            self.flush()
            return
        if self._login:
            self.ended = LoginEnd.ELSEWHERE
        self.clear()
        self._login = None

    def is_empty(self) -> bool:
        return super().is_empty() and not self.keeps_cookie

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(pk=key).delete()

    def _get_new_session_key(self) -> str:
        # Not looked up before it is used: `create` draws another one should it ever be taken.
        return get_random_string(KEY_LENGTH, VALID_KEY_CHARS)

    def create(self) -> None:
        if self.keeps_cookie:
            # From here on the browser has a key of its own, and the missing one reads nothing.
            self._unreceived.update(former_key="", former_answer="")
        super().create()

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        session = self.create_model_instance(self._get_session(no_load=must_create))
        if must_create:
            try:
                with transaction.atomic():
                    session.save(force_insert=True)
            except IntegrityError:
                raise CreateError from None
            return
        names = ["session_data", "expire_date", "user_id", "login_id", "logged_in_at"]
        if session.user_id is None:
            names.append("browser")
        elif self._login and self._login.browser is not None:
            names += ["browser", "last_seen_at"]
        if self._former:
            names += ["former_key", "former_answer"]
        if not self._row.update(**{name: getattr(session, name) for name in names}):
            raise UpdateError


def store_of(request: HttpRequest) -> SessionStore:
    """Return a request's session as what it is here."""
    assert isinstance(request.session, SessionStore)
    return request.session


def keep_session(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Store the session and send its cookie along with a 5xx of ours that has kept what was typed.

    Django's middleware does so with other answers only.
    """
    kept = SessionMiddleware(lambda _: response).process_response(request, HttpResponse())
    response.cookies.update(kept.cookies)
    return response


def _new_login(browser: str, is_staff: bool = False) -> Login:
    now = timezone.now()
    return Login(uuid4(), now, now, is_staff, browser)


def _kept(data: dict[str, Any]) -> dict[str, Any]:
    names = map(import_string, settings.SESSION_KEPT_AFTER_LOGIN)
    return {name: data[name] for name in names if name in data}


def _digest(answer: str) -> str:
    return sha256(answer.encode()).hexdigest()
