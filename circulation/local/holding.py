"""Holds: asking for a record, and what becomes of it before its turn."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from branches.models import Branch
from catalog.models import Record
from circulation.counting import count, uncount_hold
from circulation.enums import HoldState, Refusal
from circulation.lending_rules import Act, decide
from circulation.local import facts
from circulation.local.hold_shelf import end
from circulation.local.locks import lock_patron, lock_record
from circulation.local.violations import in_one_step
from circulation.models import Hold, LendingPolicy
from circulation.port import Refused
from patrons.models import Patron

LONGEST_SUSPENSION = timedelta(days=365)


@in_one_step
def place_hold(
    *, patron: Patron, record: Record, pickup: Branch, now: datetime | None = None
) -> Hold:
    """Put a patron at the end of a record's queue; raises Refused."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    policy = LendingPolicy.objects.current()
    locked = lock_patron(patron.pk)
    lock_record(record.pk)
    decision = decide(Act.HOLD, facts.for_hold(locked, record, today), policy)
    if decision.refusal:
        raise Refused(decision.refusal)
    hold = Hold.objects.create(patron=locked, record=record, pickup=pickup, asked_at=now)
    count(record_id=record.pk, day=today, holds=1)
    return hold


@in_one_step
def cancel_hold(*, patron: Patron, hold_id: int) -> None:
    """End a patron's own hold, whatever was prepared for it; raises Refused."""
    hold = _locked(patron, hold_id)
    assert hold.record_id is not None
    uncount_hold(record_id=hold.record_id, day=timezone.localdate(hold.asked_at))
    end(hold)


@in_one_step
def change_pickup(*, patron: Patron, hold_id: int, pickup: Branch) -> None:
    """Let a hold be fetched elsewhere, as long as nothing is prepared for it; raises Refused."""
    hold = _waiting(patron, hold_id)
    hold.pickup = pickup
    hold.save(update_fields=["pickup"])


@in_one_step
def suspend_hold(*, patron: Patron, hold_id: int, until: date | None, today: date) -> None:
    """Let others go first until a day (inclusive), None: no longer; the place in the queue stays.

    Raises Refused, also for a day that is not within a year from tomorrow.
    """
    check_last_day(until, today)
    hold = _waiting(patron, hold_id)
    hold.suspended_until = until
    hold.save(update_fields=["suspended_until"])


def check_last_day(until: date | None, today: date) -> None:
    """Refuse a last day of a suspension that is not within a year from tomorrow."""
    if until is not None and not today < until <= today + LONGEST_SUSPENSION:
        raise Refused(Refusal.NO_SUCH_DAY)


def expire_holds(*, now: datetime | None = None) -> int:
    """End the holds that were not fetched in time, each in a transaction; return how many.

    Their items stay on the hold shelf until staff scan them.
    """
    today = timezone.localdate(now or timezone.now())
    expired = 0
    # Of a library system's own it tells itself.
    over = Hold.objects.over(today).filter(number="")
    for hold_id, record_id in over.values_list("pk", "record_id"):
        with transaction.atomic():
            lock_record(record_id)
            expired += over.filter(pk=hold_id).update(state=HoldState.EXPIRED)
    return expired


def _waiting(patron: Patron, hold_id: int) -> Hold:
    hold = _locked(patron, hold_id)
    if hold.state != HoldState.WAITING:
        raise Refused(Refusal.ON_ITS_WAY)
    return hold


def _locked(patron: Patron, hold_id: int) -> Hold:
    """Return a patron's own open hold, with its patron, record and itself locked."""
    locked = lock_patron(patron.pk)
    own = Hold.objects.of(locked).open().filter(pk=hold_id)
    record_id = own.values_list("record_id", flat=True).first()
    if record_id is None:
        raise Refused(Refusal.HOLD_GONE)
    lock_record(record_id)
    hold = own.select_for_update(of=("self",)).first()
    if hold is None:
        raise Refused(Refusal.HOLD_GONE)
    return hold
