"""A new password by a mailed link, for whoever knows the number and reads the confirmed mailbox.

And the stop of it, 心当たりのない変更, until it is known again who the patron is: whoever took a
mailbox, or had the address changed to their own, could set a new password by it.

Locks are taken in one order: the patron, then the request.
"""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import end_all_logins, end_other_logins
from audit.enums import Event
from audit.services import record
from mylibrary.calendar import services as calendar
from mylibrary.patron_card import device
from mylibrary.reset.emails import ENCLOSURE, RESET_LINK, is_mailed_a_link, link_state
from mylibrary.reset.models import ResetRequest, ResetStop
from mylibrary.security_notices import SecurityChange, tell_of_change
from notices.enclosures import Enclosed, MailedLinkDead, row_id
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from patrons.models import Patron
from patrons.services import PasswordWay, PatronErased, lock_for_change, store_own_password


@transaction.atomic
def answer(*, request_id: UUID | str) -> bool:
    """Mail the link if what was typed fits a patron's confirmed address; say whether it does.

    What was typed is erased in the same commit; a second run finds nothing to do.
    """
    waiting = ResetRequest.objects.unanswered().filter(pk=request_id)
    asked = waiting.first()
    if asked is None:
        return False
    patron = _locked_holder(asked)
    asked = waiting.select_for_update().first()
    if asked is None:
        return False
    asked.number = asked.email_key = ""
    asked.patron = patron
    asked.answered_at = timezone.now()
    asked.save(update_fields=["number", "email_key", "patron", "answered_at"])
    if patron is None:
        record(Event.RESET_MAILED, reason="fits_nobody", count=0)
        return False
    record(Event.RESET_MAILED, patron_id=patron.pk, count=1)
    # Not into the inbox: there, whoever is logged in could replace the password without knowing it.
    text = message(
        # The time of asking tells apart the mails that one mailbox gets for several people.
        "mylibrary/reset/mails/password_reset.txt",
        patron.language,
        asked_at=asked.created_at,
        until=asked.expires_at,
    )
    send(
        patron=None,
        kind=NoticeKind.PASSWORD_RESET,
        recipient=patron.email,
        enclosed=Enclosed(ENCLOSURE, asked.pk),
        **text._asdict(),
    )
    return True


def look_at_reset(*, key: str) -> Patron:
    """Return whose password a link lets set, using nothing up; raises MailedLinkDead."""
    asked = ResetRequest.objects.usable(row_id(key)).first()
    patron = Patron.objects.with_login(asked.patron_id) if asked else None
    return _opened(key, asked, patron)


def use_reset(*, key: str, password: str) -> None:
    """Set the password that a mailed link was for, once; raises MailedLinkDead where it is over.

    The password was validated by the caller's form. The patron is told, and logged out everywhere.
    """
    # Hashing takes tens of milliseconds: before rows are locked, not while.
    encoded = make_password(password)
    with transaction.atomic():
        found = ResetRequest.objects.usable(row_id(key)).select_related("patron").first()
        locked = _locked(found.patron) if found and found.patron else None
        # The password that every link depends on stands still now: of several only the first wins.
        asked = ResetRequest.objects.usable(row_id(key)).select_for_update().first()
        patron = _opened(key, asked, locked)
        user = store_own_password(patron=patron, encoded=encoded, way=PasswordWay.MAIL)
        forget_resets(patron=patron)
        tell_of_change(patron=patron, what=SecurityChange.PASSWORD)
        end_all_logins(user=user)


def forget_resets(*, patron: Patron) -> None:
    """Take every request for a new password for used: there is one. No link is mailed any more."""
    usable = ResetRequest.objects.filter(patron=patron, used_at=None)
    usable.update(used_at=timezone.now())


@transaction.atomic
def stop_resets(*, patron: Patron, staff: User | None = None, login_id: UUID | None = None) -> bool:
    """Mail no link to a new password any more, and let none work; False where that is so already.

    The caller knows who the patron is: by the card, or `staff` at the counter. Every login ends but
    `login_id`, that of the patron who says so; so do the card on a phone and the calendar's
    address. The patron is told. Raises PatronErased.
    """
    patron = lock_for_change(patron=patron)
    _, is_new = ResetStop.objects.get_or_create(patron=patron, defaults={"staff": staff})
    if not is_new:
        return False
    forget_resets(patron=patron)
    if patron.user and login_id:
        end_other_logins(user=patron.user, login_id=login_id)
    elif patron.user:
        end_all_logins(user=patron.user)
    device.end(patron=patron)
    calendar.end(patron=patron)
    _tell_of_stop(patron, staff, Event.RESETS_STOPPED, SecurityChange.RESETS_STOPPED)
    return True


@transaction.atomic
def allow_resets(*, patron: Patron, staff: User | None = None) -> bool:
    """Mail links again and tell the patron; False where none were stopped. Raises PatronErased."""
    patron = lock_for_change(patron=patron)
    if not ResetStop.objects.filter(patron=patron).delete()[0]:
        return False
    _tell_of_stop(patron, staff, Event.RESETS_ALLOWED, SecurityChange.RESETS_ALLOWED)
    return True


def _opened(key: str, asked: ResetRequest | None, patron: Patron | None) -> Patron:
    if (
        asked
        and patron
        and not patron.is_withheld
        and RESET_LINK.matches(key, asked.pk, link_state(patron))
    ):
        return patron
    raise MailedLinkDead


def _locked_holder(asked: ResetRequest) -> Patron | None:
    found = Patron.objects.with_number(asked.number).first()
    patron = _locked(found) if found else None
    fits = patron and is_mailed_a_link(patron) and patron.email_key == asked.email_key
    # Read after the patron was locked, as whoever stops resets does before.
    return patron if fits and not ResetStop.objects.filter(patron=patron).exists() else None


def _locked(patron: Patron) -> Patron | None:
    """Return a patron who may log in, locked as every writer does it; None where there is none."""
    try:
        lock_for_change(patron=patron)
    except PatronErased:
        return None
    return Patron.objects.with_login(patron.pk)


def _tell_of_stop(patron: Patron, staff: User | None, event: Event, what: SecurityChange) -> None:
    record(event, patron_id=patron.pk, reason="counter" if staff else "card")
    tell_of_change(patron=patron, what=what, by_staff=staff is not None)
