"""The session engine: Django's database sessions that also know their user and their last use."""

import re
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import Session

LAST_SEEN_EVERY = timedelta(minutes=5)
KEY_LENGTH = 32
_KEY = re.compile(f"[0-9a-z]{{{KEY_LENGTH}}}")
# Read by every page of somebody who is logged in: building this query with the ORM took longer
# than running it.
_READ = """
SELECT session_data, last_seen_at FROM accounts_session
WHERE session_key = %s AND expire_date > %s
"""


class SessionStore(DatabaseSessionStore):
    """Keep a session in `accounts.Session`.

    `last_seen_at` is written at most once in LAST_SEEN_EVERY, so reading a page is not a write.
    """

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(_READ, [self.session_key, now])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        data, last_seen_at = row
        if now - last_seen_at > LAST_SEEN_EVERY:
            Session.objects.filter(pk=self.session_key).update(last_seen_at=now)
        return self.decode(data)

    @classmethod
    def clear_expired(cls) -> int:
        """Delete the sessions whose time is over; return how many."""
        return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]

    def _validate_session_key(self, key: str | None) -> bool:
        # A cookie can hold anything, NUL included, which PostgreSQL refuses with an error.
        return bool(key) and _KEY.fullmatch(key) is not None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        session.user_id = data.get("_auth_user_id")
        return session

    def cycle_key(self) -> None:
        """Give the stored session another key, at once in its row; nothing is left under the old.

        A session that is not stored gets its key when it is saved.
        """
        self._get_session()  # while the old key finds it
        key = self._get_new_session_key()
        moved = self.session_key and Session.objects.filter(pk=self.session_key).update(
            session_key=key, created_at=timezone.now()
        )
        self._session_key = key if moved else None
        self.modified = True

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(pk=key).delete()

    def _get_new_session_key(self) -> str:
        # Not looked up before it is used: `create` draws another one should it ever be taken.
        return get_random_string(KEY_LENGTH, VALID_KEY_CHARS)

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        session = self.create_model_instance(self._get_session(no_load=must_create))
        if must_create:
            try:
                with transaction.atomic():
                    session.save(force_insert=True)
            except IntegrityError:
                raise CreateError from None
        elif not Session.objects.filter(pk=session.pk).update(
            session_data=session.session_data,
            expire_date=session.expire_date,
            user_id=session.user_id,
        ):
            raise UpdateError
        return None
