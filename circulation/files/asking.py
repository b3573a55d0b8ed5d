"""Asking the library system for something: a row, which a file tells it, and staff may settle."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from branches.models import Branch
from catalog.models import Record
from circulation.enums import HoldState, Refusal
from circulation.files.models import LibraryRequest, RequestedAct, RequestOutcome
from circulation.local.holding import check_last_day
from circulation.local.locks import lock_patron
from circulation.models import Hold, Loan
from circulation.port import Refused
from patrons.models import Patron


class SettledAlready(Exception):
    """The library system or a colleague was faster."""


@transaction.atomic
def ask_to_hold(*, patron: Patron, record: Record, pickup: Branch) -> None:
    """Ask for a hold of a record; raises Refused."""
    locked = lock_patron(patron.pk)
    if Hold.objects.of(locked).open().filter(record=record).exists():
        raise Refused(Refusal.HELD_ALREADY)
    if Loan.objects.of(locked).filter(record=record).exists():
        raise Refused(Refusal.HAS_IT)
    _ask(locked, RequestedAct.REQUEST, record=record, pickup=pickup)


@transaction.atomic
def ask_to_renew(*, patron: Patron, loan_id: int) -> None:
    """Ask for the renewal of a patron's own loan; raises Refused."""
    locked = lock_patron(patron.pk)
    loan = Loan.objects.of(locked).filter(pk=loan_id).first()
    if loan is None:
        raise Refused(Refusal.NOT_LENT)
    if loan.refusal:
        raise Refused(Refusal(loan.refusal))
    _ask(locked, RequestedAct.RENEW, item_number=loan.item_number, due_before=loan.due)


@transaction.atomic
def ask_to_cancel(*, patron: Patron, hold_id: int) -> None:
    """Ask for the end of a patron's own hold; raises Refused."""
    locked = lock_patron(patron.pk)
    _ask(locked, RequestedAct.CANCEL, hold_number=_hold(locked, hold_id).number)


@transaction.atomic
def ask_to_change_pickup(*, patron: Patron, hold_id: int, pickup: Branch) -> None:
    """Ask that a hold can be fetched elsewhere; raises Refused."""
    locked = lock_patron(patron.pk)
    hold = _waiting(locked, hold_id)
    _ask(locked, RequestedAct.CHANGE_PICKUP, hold_number=hold.number, pickup=pickup)


@transaction.atomic
def ask_to_suspend(*, patron: Patron, hold_id: int, until: date | None, today: date) -> None:
    """Ask that others go first until a day (inclusive), None: no longer; raises Refused."""
    check_last_day(until, today)
    locked = lock_patron(patron.pk)
    hold = _waiting(locked, hold_id)
    _ask(locked, RequestedAct.SUSPEND, hold_number=hold.number, until=until)


@transaction.atomic
def settle_by_staff(*, request_id: int, outcome: RequestOutcome, staff: User, note: str) -> None:
    """Record what became of a request that no file answers; raises SettledAlready."""
    asked = LibraryRequest.objects.open().filter(pk=request_id)
    refused = outcome == RequestOutcome.REFUSED
    if not asked.update(
        settled_at=timezone.now(),
        outcome=outcome,
        refusal=Refusal.NOT_OFFERED if refused else "",
        staff=staff,
        note=note,
    ):
        raise SettledAlready


def _ask(patron: Patron, act: RequestedAct, **about: Any) -> None:
    """Store a request of a patron who is locked, unless it waits already."""
    same = {name: about.get(name, "") for name in ("item_number", "hold_number")}
    waits = LibraryRequest.objects.open().filter(patron=patron, act=act, **same)
    if waits.filter(record=about.get("record")).exists():
        raise Refused(Refusal.ASKED_ALREADY)
    LibraryRequest.objects.create(patron=patron, act=act, **about)


def _hold(patron: Patron, hold_id: int) -> Hold:
    hold = Hold.objects.of(patron).open().exclude(number="").filter(pk=hold_id).first()
    if hold is None:
        raise Refused(Refusal.HOLD_GONE)
    return hold


def _waiting(patron: Patron, hold_id: int) -> Hold:
    hold = _hold(patron, hold_id)
    if hold.state != HoldState.WAITING:
        raise Refused(Refusal.ON_ITS_WAY)
    return hold
