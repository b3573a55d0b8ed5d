"""When one thing more than number and birth date is asked, and how the asking begins."""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.throttle import is_known
from audit.enums import Event
from audit.services import record
from mylibrary import session
from mylibrary.access import before, safe_next
from mylibrary.first_login.emails import ENCLOSURE
from mylibrary.reset.models import ResetStop
from notices.enclosures import Enclosed
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from patrons.first_login.models import FirstLoginCode
from patrons.first_login.services import new_mail_code, use_scanned
from patrons.models import Patron
from registration.session import result_number

HIDDEN = "•••"
MAIL = "mylibrary/first_login/mails/digits.txt"


def has_to_be_confirmed(request: HttpRequest, patron: Patron) -> bool:
    """Return whether the right birth date, typed here just now, is not enough.

    It is enough in a browser that the patron's number knows: the one that registered, also where
    the result has not reached it yet, or one in which the patron has logged in; and once in one
    that has scanned the result's QR code, which is used up by that. Call outside of transactions.
    """
    if not settings.FIRST_LOGIN_CONFIRMATION or patron.has_own_password:
        return False
    known = is_known(request, kind="patron", identifier=patron.number)
    if known or result_number(request) == patron.number:
        return False
    code_id = session.scanned_code(request)
    return not (code_id and use_scanned(patron_id=patron.pk, code_id=code_id))


def ask_to_confirm(request: HttpRequest, patron: Patron) -> HttpResponse:
    """Keep who has to be confirmed, mail the digits, and go to the page that asks for them."""
    destination = safe_next(request)
    session.keep_confirming(request, patron)
    record(Event.FIRST_LOGIN_ASKED, patron_id=patron.pk)
    mail_digits(patron=patron)
    return redirect(before("mylibrary:login_confirm", destination))


@transaction.atomic
def mail_digits(*, patron: Patron, another: bool = False) -> bool:
    """Queue the mail with the digits; False where none is sent (see `new_mail_code`)."""
    mailbox = mailbox_of(patron)
    code = new_mail_code(patron=patron, another=another) if mailbox else None
    if code is None:
        return False
    # Not into the inbox, which only opens once they were typed.
    send(
        patron=None,
        addressee=patron,
        kind=NoticeKind.FIRST_LOGIN_DIGITS,
        recipient=mailbox,
        enclosed=Enclosed(ENCLOSURE, code.pk),
        # The time of asking tells apart the mails that one mailbox gets for several people.
        **message(MAIL, patron.language, asked_at=timezone.now())._asdict(),
    )
    return True


def mailbox_of(patron: Patron) -> str:
    """Return the address that digits are mailed to; "" for none, or one that may be another's.

    Families share mailboxes: none is told the digits of a withheld patron.
    """
    if patron.is_withheld:
        return ""
    return "" if ResetStop.objects.filter(patron=patron).exists() else patron.email


def masked(address: str) -> str:
    """Return an address as a stranger may see it: `o•••@•••.jp`; "" for none."""
    local, at, domain = address.rpartition("@")
    if not at:
        return HIDDEN if address else ""
    _, dot, ending = domain.rpartition(".")
    return f"{local[:1]}{HIDDEN}@{HIDDEN}{dot}{ending if dot else ''}"


def scanned_patron(request: HttpRequest) -> Patron | None:
    """Return whose result's QR code this browser has scanned, while that confirms a login."""
    code_id = session.scanned_code(request)
    code = FirstLoginCode.objects.live().filter(pk=code_id).first() if code_id else None
    patron = Patron.objects.with_login(code.patron_id) if code else None
    return patron if patron and patron.is_first_login_open else None
