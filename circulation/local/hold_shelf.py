"""Where an item goes that is not lent: to whose turn it is, to the hold shelf, or to its own."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from branches.calendar import ONE_DAY
from branches.days import with_calendars
from branches.models import Branch
from catalog.models import Item, ItemState
from circulation.enums import OPEN_HOLDS, HoldState
from circulation.local.locks import lock_shelf
from circulation.models import Hold, LendingPolicy

# A branch that is closed for longer keeps nothing for anybody any longer.
FURTHEST_DAYS = 60
# These say where an item is; of the others only the catalogue knows.
_MOVING = (
    *(ItemState.ON_SHELF, ItemState.ON_LOAN, ItemState.HELD, ItemState.IN_TRANSIT),
    ItemState.MISSING,
)


def pass_on(item: Item, branch: Branch, now: datetime) -> tuple[Hold | None, Branch | None]:
    """Give an item that lies at a branch to whose turn it is; the record is locked, the item clear.

    Return the hold and where the item has to be sent; neither where it goes on its shelf here.
    """
    hold = _whose_turn(item, timezone.localdate(now))
    if hold is None:
        return None, _to_its_shelf(item, branch)
    assert hold.pickup is not None
    hold.item_number = item.number
    is_here = hold.pickup_id == branch.pk
    if is_here and hold.state != HoldState.READY:
        hold.state, hold.ready_at = HoldState.READY, now
        hold.keep_until = last_day(hold.pickup, timezone.localdate(now))
        hold.shelf_number = _free_number(hold.pickup)
    elif not is_here:
        # Also one that was ready, and is found elsewhere.
        hold.state = HoldState.SECURED
        hold.ready_at = hold.keep_until = hold.shelf_number = None
    hold.save()
    _move(item, ItemState.HELD if is_here else ItemState.IN_TRANSIT)
    return hold, None if is_here else hold.pickup


def clear(item: Item, today: date) -> bool:
    """Forget the holds that ended while an item was kept for them; return whether there were any.

    Those too that end today, and nobody has looked. The item's record is locked.
    """
    over = Hold.objects.over(today).filter(item_number=item.number, number="")
    over.update(state=HoldState.EXPIRED)
    ended = Hold.objects.filter(state=HoldState.EXPIRED, item_number=item.number)
    of_nobody = ended.filter(patron=None).delete()[0]
    return bool(of_nobody + ended.update(item_number="", shelf_number=None))


def release(hold: Hold, fetched: Item) -> None:
    """End a hold whose patron takes an item along; another that was kept goes on to the next.

    The record and the hold are locked.
    """
    if hold.item_number in ("", fetched.number):
        hold.delete()
    else:
        end(hold)


def end(hold: Hold) -> None:
    """End a hold that is locked: nothing of its patron stays, and the item is to be cleared."""
    if hold.state == HoldState.WAITING:
        hold.delete()
        return
    if hold.state != HoldState.EXPIRED:
        # Until when it was kept ended it only where nobody cancelled.
        hold.keep_until = None
    hold.patron, hold.state, hold.suspended_until = None, HoldState.EXPIRED, None
    hold.save(update_fields=["patron", "state", "suspended_until", "keep_until"])


def last_day(pickup: Branch, today: date) -> date:
    """Return until when an item is kept: some days, and on until a day the branch is open."""
    day = today + timedelta(days=LendingPolicy.objects.current().keep_days)
    branches = Branch.objects.filter(pk=pickup.pk).with_hours()
    until = day + FURTHEST_DAYS * ONE_DAY
    for _, calendar in with_calendars(branches, day, until):
        for number in range(FURTHEST_DAYS):
            if not calendar.on(day + number * ONE_DAY).is_closed:
                return day + number * ONE_DAY
    return day


def _whose_turn(item: Item, today: date) -> Hold | None:
    """Return the hold that has the item, or is the next to get it, locked."""
    holds = Hold.objects.select_for_update(of=("self",)).select_related("pickup", "patron")
    has_it = holds.filter(state__in=OPEN_HOLDS, item_number=item.number).first()
    # What is only read here is fetched by nobody.
    if has_it or item.state == ItemState.REFERENCE:
        return has_it
    return holds.queue(item.record_id, today).first()


def _to_its_shelf(item: Item, branch: Branch) -> Branch | None:
    if item.state not in _MOVING:
        return None if item.branch_id == branch.pk else item.branch
    is_home = item.branch_id == branch.pk
    _move(item, ItemState.ON_SHELF if is_home else ItemState.IN_TRANSIT)
    return None if is_home else item.branch


def _move(item: Item, state: ItemState) -> None:
    item.state, item.is_in_use = state, state != ItemState.ON_SHELF
    item.save(update_fields=["state", "is_in_use"])


def _free_number(pickup: Branch) -> int:
    """Return the first number that nothing on a branch's hold shelf has."""
    lock_shelf(pickup.pk)
    on_shelf = Hold.objects.filter(pickup=pickup).exclude(shelf_number=None)
    taken = set(on_shelf.values_list("shelf_number", flat=True))
    return next(number for number in range(1, len(taken) + 2) if number not in taken)
