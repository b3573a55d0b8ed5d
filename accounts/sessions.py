"""The session engine: Django's database sessions that also know their user and their last use."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Session

LAST_SEEN_EVERY = timedelta(minutes=5)


class SessionStore(DatabaseSessionStore):
    """Keep a session in `accounts.Session`.

    `last_seen_at` is written at most once in LAST_SEEN_EVERY, so reading a page is not a write.
    """

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        session = self._get_session_from_db()
        if session is None:
            return {}
        now = timezone.now()
        if now - session.last_seen_at > LAST_SEEN_EVERY:
            Session.objects.filter(pk=session.pk).update(last_seen_at=now)
        return self.decode(session.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        session.user_id = data.get("_auth_user_id")
        return session

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
