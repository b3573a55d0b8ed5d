"""A new password by a mailed link, for whoever knows the number and reads the confirmed mailbox.

Locks are taken in one order: the patron, then the request.
"""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.services import end_all_logins
from audit.enums import Event
from audit.services import record
from mylibrary.enums import SecurityChange
from mylibrary.reset import emails, enclosures
from mylibrary.reset import mailed_link as links
from mylibrary.reset.models import ResetRequest
from mylibrary.reset_stop.models import ResetStop
from mylibrary.security_notices import tell_of_change
from mylibrary.signin.services import forget_resets
from notices.enclosures import Enclosed, MailedLinkDead, row_id
from notices.enums import NoticeKind
from notices.services import send
from patrons.enums import PasswordWay
from patrons.errors import PatronErased
from patrons.models import Patron
from patrons.services import lock_for_change, store_own_password


@transaction.atomic
def answer(*, request_id: UUID | str) -> bool:
    """Mail the link if what was typed fits a patron's confirmed address; say whether it does.

    Nobody's fits who has stopped such mails (`stop_services`).

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
    message = emails.password_reset(asked_at=asked.created_at, until=asked.expires_at)
    # Not into the inbox: there, whoever is logged in could replace the password without knowing it.
    send(
        patron=None,
        kind=NoticeKind.PASSWORD_RESET,
        recipient=patron.email,
        enclosed=Enclosed(enclosures.RESET, asked.pk),
        **message._asdict(),
    )
    return True


def look_at_reset(*, key: str) -> Patron:
    """Return whose password a link lets set, using nothing up; raises MailedLinkDead."""
    asked = ResetRequest.objects.usable(row_id(key)).first()
    patron = Patron.objects.with_login(asked.patron_id) if asked else None
    if asked is None or patron is None or not links.resets(key, asked, patron):
        raise MailedLinkDead
    return patron


def use_reset(*, key: str, password: str) -> Patron:
    """Set the password that a mailed link was for, once; raises MailedLinkDead where it is over.

    The password was validated by the caller's form. The patron is told, and logged out everywhere.
    """
    # Hashing takes tens of milliseconds: before rows are locked, not while.
    encoded = make_password(password)
    with transaction.atomic():
        found = ResetRequest.objects.usable(row_id(key)).select_related("patron").first()
        patron = _locked(found.patron) if found and found.patron else None
        # The password that every link depends on stands still now: of several only the first wins.
        asked = ResetRequest.objects.usable(row_id(key)).select_for_update().first()
        if patron is None or asked is None or not links.resets(key, asked, patron):
            raise MailedLinkDead
        user = store_own_password(patron=patron, encoded=encoded, way=PasswordWay.MAIL)
        forget_resets(patron=patron)
        tell_of_change(patron=patron, what=SecurityChange.PASSWORD)
        end_all_logins(user=user)
    return patron


def _locked_holder(asked: ResetRequest) -> Patron | None:
    found = Patron.objects.with_number(asked.number).first()
    patron = _locked(found) if found else None
    fits = patron and patron.is_email_confirmed and patron.email_key == asked.email_key
    # Read after the patron was locked, as whoever stops resets does before.
    return patron if fits and not ResetStop.objects.filter(patron=patron).exists() else None


def _locked(patron: Patron) -> Patron | None:
    """Return a patron who may log in, locked as every writer does it; None where there is none."""
    try:
        lock_for_change(patron=patron)
    except PatronErased:
        return None
    return Patron.objects.with_login(patron.pk)
