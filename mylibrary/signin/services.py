"""The own password, and reminding patrons before the first login ends."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from mylibrary.reset.services import forget_resets
from mylibrary.security_notices import SecurityChange, tell_of_change
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import Message, message
from patrons.models import Patron, RegisteredVia
from patrons.services import PasswordWay, store_own_password

REMINDER_DAYS = 14
BATCH = 200


def choose_password(
    *, patron: Patron, password: str, first: bool = False, way: PasswordWay = PasswordWay.LOGGED_IN
) -> User:
    """Store a patron's own password and tell the patron.

    With `first` it may only be the first one: raises PasswordExists where there is one already.
    """
    encoded = make_password(password)
    with transaction.atomic():
        user = store_own_password(patron=patron, encoded=encoded, first=first, way=way)
        forget_resets(patron=patron)
        tell_of_change(patron=patron, what=SecurityChange.PASSWORD)
    return user


def remind_of_first_login(*, now: datetime | None = None) -> int:
    """Remind everybody whose first login ends within REMINDER_DAYS; return how many.

    Safe to run at any time, twice at once, and again after it was killed: message, mail job and
    mark of a batch commit together.
    """
    now = now or timezone.now()
    reminded = 0
    while count := _remind_batch(now):
        reminded += count
    return reminded


def first_login_reminder(*, patron: Patron) -> Message:
    """Compose the reminder of the day on which the first login ends.

    It tells no number, no rule of the first password and no link: whoever reads a mistyped address
    would have all that a first login takes, and a mail that urges to log in by its link teaches
    people to trust such mails. Where one mailbox serves a family, the time of the registration
    tells whose it is.
    """
    return message(
        "mylibrary/signin/mails/first_login_reminder.txt",
        patron.language,
        until=patron.first_login_until,
        online=patron.registered_via == RegisteredVia.ONLINE,
        received=patron.registered_at,
        confirmation=settings.FIRST_LOGIN_CONFIRMATION,
    )


@transaction.atomic
def _remind_batch(now: datetime) -> int:
    until = now + timedelta(days=REMINDER_DAYS)
    ending = Patron.objects.first_login_ending(now, until)
    # Whom another run, or a password being chosen, has in hand is left alone.
    batch = list(ending.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    for patron in batch:
        send(
            patron=patron,
            kind=NoticeKind.FIRST_LOGIN_REMINDER,
            recipient=patron.email,
            **first_login_reminder(patron=patron)._asdict(),
        )
    reminded = Patron.objects.filter(pk__in=[patron.pk for patron in batch])
    reminded.update(first_login_reminded_at=now)
    return len(batch)
