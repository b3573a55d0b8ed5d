"""Lending and taking back: what happens at the counter when an item is scanned."""

from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from branches.models import Branch
from catalog.models import Item, ItemState
from circulation.counting import count
from circulation.enums import Refusal
from circulation.lending_rules import Act, Facts, decide
from circulation.local import facts
from circulation.local.hold_shelf import clear, pass_on, release
from circulation.local.locks import lock_item, lock_patron, lock_record
from circulation.local.violations import in_one_step
from circulation.models import HistoryChoice, Hold, LendingPolicy, Loan, ReadingHistory
from circulation.port import Refused
from patrons.models import Patron


class CheckIn(NamedTuple):
    """What a scan of an item that came back did.

    `hold` is whose turn it is now, `goes_to` where the item has to be sent; with neither it goes
    back to its shelf. `was_cleared` says that a hold for which it was kept had ended. `item` is
    None where the catalogue does not have it (any more).
    """

    item: Item | None
    was_lent: bool
    was_overdue: bool
    hold: Hold | None = None
    goes_to: Branch | None = None
    was_cleared: bool = False


@in_one_step
def lend(*, patron: Patron, item_number: str, branch: Branch, now: datetime | None = None) -> Loan:
    """Lend an item to a patron, whose hold of it ends; raises Refused."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    policy = LendingPolicy.objects.current()
    locked = lock_patron(patron.pk)
    item = lock_item(item_number)
    decision = decide(Act.LEND, facts.for_loan(locked, item, today), policy)
    if decision.refusal or decision.due is None:
        raise Refused(decision.refusal or Refusal.NOT_OFFERED)
    own = Hold.objects.of(locked).open().that_wait_for(item)
    for hold in own.select_for_update():
        release(hold, item)
    clear(item, today)
    loan = Loan.objects.create(
        patron=locked,
        record=item.record,
        item_number=item.number,
        material=item.material or item.record.material,
        branch=branch,
        lent_at=now,
        due=decision.due,
    )
    item.state, item.is_in_use = ItemState.ON_LOAN, True
    item.save(update_fields=["state", "is_in_use"])
    count(record_id=item.record_id, day=today, loans=1)
    return loan


@in_one_step
def take_back(*, item_number: str, branch: Branch, now: datetime | None = None) -> CheckIn:
    """Take in an item at a branch, lent or not: its loan is deleted, and whose turn it is, gets it.

    What was read is kept for who asked for that, and for nobody else. Raises Refused for a number
    that neither a loan nor the catalogue has, and where the item is lent anew, or given to another
    record, at this moment.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    seen = loan = Loan.objects.filter(item_number=item_number).first()
    if loan:
        lock_patron(loan.patron_id)
    try:
        item = lock_item(item_number)
    except Refused as refused:
        if loan is None or refused.refusal != Refusal.UNKNOWN_ITEM:
            raise
        item = None
        if loan.record_id:
            lock_record(loan.record_id)
    loan = Loan.objects.select_for_update(of=("self",)).filter(item_number=item_number).first()
    if loan and loan != seen:
        # Its patron is not the one who is locked.
        raise Refused(Refusal.MEANWHILE)
    was_overdue = loan is not None and loan.due < today
    if loan:
        _remember(loan, today)
        loan.delete()
    checked_in = CheckIn(item, was_lent=loan is not None, was_overdue=was_overdue)
    if item is None:
        return checked_in
    was_cleared = clear(item, today)
    hold, goes_to = pass_on(item, branch, now)
    if hold is None and item.record.deleted_at:
        # The catalogue gave it up while it was in use, and no import would take it away any more.
        item.delete()
        return checked_in._replace(item=None, was_cleared=was_cleared)
    return checked_in._replace(hold=hold, goes_to=goes_to, was_cleared=was_cleared)


@in_one_step
def renew(*, patron: Patron, loan_id: int, today: date) -> date:
    """Renew a patron's own loan and return the new due date; raises Refused."""
    policy = LendingPolicy.objects.current()
    locked = lock_patron(patron.pk)
    loan = Loan.objects.of(locked).filter(pk=loan_id).first()
    if loan is None:
        raise Refused(Refusal.NOT_LENT)
    if loan.record_id:
        lock_record(loan.record_id)
    loan = Loan.objects.select_for_update(of=("self",)).filter(pk=loan_id, patron=locked).first()
    if loan is None:
        raise Refused(Refusal.NOT_LENT)
    ahead = Hold.objects.queue(loan.record_id, today).exclude(patron=locked).count()
    known = Facts(
        today=today,
        material=loan.material,
        ahead=ahead,
        due=loan.due,
        renewals=loan.renewals,
        **facts.of_patron(locked, today),  # type: ignore[arg-type]
    )
    decision = decide(Act.RENEW, known, policy)
    if decision.refusal or decision.due is None:
        raise Refused(decision.refusal or Refusal.NOT_OFFERED)
    loan.due, loan.renewals = decision.due, loan.renewals + 1
    loan.save(update_fields=["due", "renewals"])
    return loan.due


def _remember(loan: Loan, today: date) -> None:
    if not HistoryChoice.objects.filter(patron=loan.patron_id).exists():
        return
    ReadingHistory.objects.create(
        patron_id=loan.patron_id,
        record_id=loan.record_id,
        title=loan.title,
        lent_on=timezone.localdate(loan.lent_at),
        returned_on=today,
    )
