"""Writing to 予約かご, and placing holds from it."""

from django.db import transaction

from branches.models import Branch
from catalog.models import Record
from circulation.port import Outcome, Refused, library_system
from mylibrary.holding.models import MAXIMUM_ENTRIES, BasketEntry, PickupChoice
from patrons.models import Patron
from patrons.services import lock_for_change


class NoSuchRecord(Exception):
    """The catalogue does not have it (any more)."""


class BasketFull(Exception):
    """The basket has MAXIMUM_ENTRIES."""


@transaction.atomic
def put(*, patron: Patron, record_id: int) -> Record:
    """Put a record into a patron's basket, once; raises NoSuchRecord, BasketFull, PatronErased."""
    locked = lock_for_change(patron=patron)
    record = Record.objects.present().without_keys().filter(pk=record_id).first()
    if record is None:
        raise NoSuchRecord
    basket = BasketEntry.objects.of(locked)
    if basket.filter(record=record).exists():
        return record
    if basket.count() >= MAXIMUM_ENTRIES:
        raise BasketFull
    BasketEntry.objects.create(patron=locked, record=record)
    return record


def take_out(*, patron: Patron, record_id: int) -> bool:
    """Take a record out of a patron's basket; False where it is not in it."""
    return bool(BasketEntry.objects.of(patron).filter(record=record_id).delete()[0])


@transaction.atomic
def place(*, patron: Patron, record: Record, pickup: Branch) -> Outcome:
    """Ask for a hold, remember where it is fetched, and take it out of the basket; raises Refused.

    What is refused stays in the basket.
    """
    outcome = library_system().request(patron=patron, record=record, pickup=pickup)
    if not patron.is_withheld:
        PickupChoice.objects.update_or_create(patron=patron, defaults={"branch": pickup})
    take_out(patron=patron, record_id=record.pk)
    return outcome


def place_all(*, patron: Patron, pickup: Branch) -> dict[int, str]:
    """Ask for a hold of all that is in the basket; return what became of each, by record."""
    outcomes = {}
    for entry in list(BasketEntry.objects.of(patron).with_record()):
        try:
            outcome = place(patron=patron, record=entry.record, pickup=pickup)
            outcomes[entry.record_id] = outcome.value
        except Refused as refused:
            outcomes[entry.record_id] = refused.refusal.value
    return outcomes
