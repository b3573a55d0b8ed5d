"""Every write to the codes of a first login.

Locks are taken in one order: the patron, then the codes.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from patrons.first_login.models import CodeKind, FirstLoginCode, fold, kinds_of_length
from patrons.models import Patron
from patrons.retention import delete_in_batches
from patrons.services import PatronErased, lock_for_change

COUNTER_LASTS = timedelta(days=14)
# How long the worker may take to send a mail, and how long its digits are good from then on.
MAIL_WAITS = timedelta(minutes=30)
MAIL_LASTS = timedelta(minutes=10)
MAILS_A_DAY = 3


class Tried(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"
    """There is no such code (any more): used, expired, replaced, or tried too often."""
    CLOSED = "closed"
    """The birth date does not log this patron in any more, whatever is typed."""


class Attempt(NamedTuple):
    """What became of a typed code, and how often the same kind may still be tried."""

    tried: Tried
    tries_left: int = 0


@transaction.atomic
def new_counter_code(*, patron: Patron) -> FirstLoginCode | None:
    """Issue a code for the counter's slip, in place of one before; None where nobody may use it.

    Valid to the end of the day after COUNTER_LASTS, and no longer than the birth date.
    """
    stored = _locked(patron)
    if stored is None:
        return None
    assert stored.first_login_until is not None
    last_day = timezone.localtime(timezone.now() + COUNTER_LASTS)
    until = last_day.replace(hour=23, minute=59, second=59, microsecond=0)
    until = min(until, stored.first_login_until)
    code = _make(stored, CodeKind.COUNTER, until)
    record(Event.FIRST_LOGIN_SLIP_ISSUED, patron_id=stored.pk)
    return code


@transaction.atomic
def new_mail_code(*, patron: Patron, another: bool) -> FirstLoginCode | None:
    """Make the code that a mail is to bring, in place of one before; None where there is no mail.

    MAILS_A_DAY within 24 hours, and only to whom the birth date logs in and has an address.
    Unless `another` is asked for, none where one is on its way or good still.
    """
    stored = _locked(patron)
    if stored is None or not stored.email or not mails_left(patron=stored):
        return None
    if not another and mailed_code(patron=stored):
        return None
    code = _make(stored, CodeKind.MAIL, timezone.now() + MAIL_WAITS)
    record(Event.FIRST_LOGIN_CODE_MAILED, patron_id=stored.pk)
    return code


def screen_code(*, patron: Patron, until: datetime) -> FirstLoginCode | None:
    """Return the code of the result's page, made at its first visit; None once it is over.

    There is one for a registration: what was used does not come back with a reload.
    """
    codes = FirstLoginCode.objects.of(patron).filter(kind=CodeKind.SCREEN)
    code = codes.first()
    if code is None:
        with transaction.atomic():
            stored = _locked(patron)
            if stored is None:
                return None
            # Another tab may have been first.
            code = codes.first() or _make(stored, CodeKind.SCREEN, until)
    return code if code.is_live and patron.is_first_login_open else None


def mails_left(*, patron: Patron) -> int:
    made = FirstLoginCode.objects.of(patron).filter(kind=CodeKind.MAIL).of_last_day().count()
    return max(0, MAILS_A_DAY - made)


def mailed_code(*, patron: Patron) -> FirstLoginCode | None:
    """Return the code that was mailed, or will be at once, while it may be tried."""
    return FirstLoginCode.objects.of(patron).live().filter(kind=CodeKind.MAIL).first()


@transaction.atomic
def start_mailed(*, code_id: str, address: str) -> FirstLoginCode | None:
    """Let the time of a code begin, as its mail is about to be sent to an address.

    None where the mail is not wanted any more: the code is over, or the address is another by now.
    """
    found = FirstLoginCode.objects.filter(pk=code_id, kind=CodeKind.MAIL).first()
    patron = _locked(found.patron) if found else None
    if patron is None or patron.email != address or patron.is_withheld:
        return None
    code = FirstLoginCode.objects.live().filter(pk=code_id).first()
    if code is not None:
        code.expires_at = timezone.now() + MAIL_LASTS
        code.save(update_fields=["expires_at"])
    return code


def try_code(*, patron_id: int, typed: str) -> Attempt:
    """Compare what was typed with a patron's live codes of that length, and use up the right one.

    The try is counted first, with the rows locked, and nothing here rolls back: parallel tries
    count one after the other, and of two with the right digits one is too late. Must not run
    inside a transaction, whose rollback would take the count back.
    """
    folded = fold(typed)
    with transaction.atomic(durable=True):
        patron = _locked(Patron(pk=patron_id))
        if patron is None:
            return Attempt(Tried.CLOSED)
        codes = FirstLoginCode.objects.of(patron).live().filter(kind__in=kinds_of_length(folded))
        tried = list(codes.select_for_update().order_by("pk"))
        for code in tried:
            code.tries += 1
        FirstLoginCode.objects.bulk_update(tried, ["tries"])
        right = [code for code in tried if code.is_right(folded)]
        if right:
            FirstLoginCode.objects.of(patron).not_ended().update(ended_at=timezone.now())
            record(Event.FIRST_LOGIN_PASSED, patron_id=patron.pk, reason=right[0].kind)
            return Attempt(Tried.RIGHT)
        left = max((code.tries_left for code in tried), default=0)
        outcome = Tried.WRONG if tried else Tried.OVER
        record(Event.FIRST_LOGIN_FAILED, patron_id=patron.pk, reason=outcome)
        return Attempt(outcome, left)


def use_scanned(*, patron_id: int, code_id: str) -> bool:
    """Use up the code of a result's page that was scanned, once; False where it is over."""
    with transaction.atomic(durable=True):
        patron = _locked(Patron(pk=patron_id))
        if patron is None:
            return False
        codes = FirstLoginCode.objects.of(patron).live().filter(kind=CodeKind.SCREEN)
        if not codes.filter(pk=code_id).exists():
            return False
        FirstLoginCode.objects.of(patron).not_ended().update(ended_at=timezone.now())
        record(Event.FIRST_LOGIN_PASSED, patron_id=patron.pk, reason="scanned")
        return True


def end_screen_code(*, patron: Patron) -> None:
    """End the code of a result's page, which is shown no longer."""
    codes = FirstLoginCode.objects.of(patron).not_ended().filter(kind=CodeKind.SCREEN)
    codes.update(ended_at=timezone.now())


def delete_old_codes() -> int:
    """Delete codes that are over and whose mails need not be counted any more."""
    return delete_in_batches(FirstLoginCode.objects.over(timezone.now()))


def _locked(patron: Patron) -> Patron | None:
    """Return the stored patron, locked; None where the birth date does not log in (any more)."""
    try:
        lock_for_change(patron=patron)
    except (PatronErased, Patron.DoesNotExist):
        return None
    stored = Patron.objects.with_login(patron.pk)
    return stored if stored and stored.is_first_login_open else None


def _make(patron: Patron, kind: CodeKind, until: datetime) -> FirstLoginCode:
    earlier = FirstLoginCode.objects.of(patron).not_ended().filter(kind=kind)
    earlier.update(ended_at=timezone.now())
    return FirstLoginCode.objects.create(patron=patron, kind=kind, expires_at=until)
