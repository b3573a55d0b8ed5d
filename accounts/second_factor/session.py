"""What a session knows of a second factor: whether its login has shown one, and when who it is.

Both belong to one login: the next one, also of the same person in the same browser, starts anew.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.sessions import SessionStore
from accounts.timeouts import is_recent

THROUGH = "accounts_second_factor"
PROVED = "accounts_proved"
# How long after a password, or a passkey, somebody may change what opens the account.
RECENT = timedelta(minutes=10)


def begin(session: SessionStore, *, user: User, is_whole: bool) -> None:
    """A member of staff has just logged in; through already, where the way was both factors.

    Or where there is none to be shown, and none is demanded (SECOND_FACTOR_REQUIRED).
    """
    note_proof(session)
    if is_whole or not (settings.SECOND_FACTOR_REQUIRED or user.has_second_factor):
        let_through(session)


def let_through(session: SessionStore) -> None:
    session[THROUGH] = str(session.login_id)


def is_through(session: SessionStore) -> bool:
    """Return whether this login opens the admin; costs no query."""
    return session.login_id is not None and session.get(THROUGH) == str(session.login_id)


def note_proof(session: SessionStore) -> None:
    session[PROVED] = [str(session.login_id), timezone.now().timestamp()]


def has_proved_recently(session: SessionStore) -> bool:
    login_id, at = session.get(PROVED, ("", 0))
    moment = datetime.fromtimestamp(at, UTC)
    return login_id == str(session.login_id) and is_recent(
        moment, within=RECENT, now=timezone.now()
    )
