"""What is true of a patron and a record when the rules are asked."""

from datetime import date

from django.db.models import Count, Min

from catalog.models import Item, ItemState, Record
from circulation.lending_rules import Facts
from circulation.models import Hold, Loan
from patrons.models import Patron

# Never lent, whoever asks.
NOT_LENT = (ItemState.REFERENCE, ItemState.MISSING)


def of_patron(patron: Patron, today: date) -> dict[str, int | bool]:
    """Return the facts about a patron alone, as `Facts` names them."""
    found = Loan.objects.filter(patron=patron).aggregate(count=Count("pk"), first=Min("due"))
    first = found["first"]
    return {
        "is_withdrawn": patron.withdrawn_at is not None,
        "loans": found["count"],
        "holds": Hold.objects.of(patron).open().count(),
        "overdue_days": max((today - first).days, 0) if first else 0,
    }


def for_loan(patron: Patron, item: Item, today: date) -> Facts:
    """Return the facts about lending an item, whose record is locked."""
    holds = Hold.objects.open().filter(item_number=item.number)
    is_for_patron = holds.filter(patron=patron).exists()
    own = Hold.objects.of(patron).open().filter(record=item.record_id).first()
    ahead = Hold.objects.queue(item.record_id, today).exclude(patron=patron)
    if own is not None:
        ahead = ahead.filter(pk__lt=own.pk)
    others = Item.objects.filter(record=item.record_id, state=ItemState.ON_SHELF)
    # Whoever waits is served by what else stands on the shelf.
    waiting = 0 if is_for_patron else ahead.count() - others.exclude(pk=item.pk).count()
    return Facts(
        today=today,
        material=item.material or item.record.material,
        ahead=max(waiting, 0),
        is_reference=item.state == ItemState.REFERENCE,
        is_lent=Loan.objects.filter(item_number=item.number).exists(),
        is_held_for_another=holds.exclude(patron=patron).exists(),
        **of_patron(patron, today),  # type: ignore[arg-type]
    )


def for_hold(patron: Patron, record: Record, today: date) -> Facts:
    """Return the facts about holding a record, which is locked."""
    lent = Item.objects.filter(record=record, record__deleted_at=None).exclude(state__in=NOT_LENT)
    return Facts(
        today=today,
        material=record.material,
        items=lent.count(),
        holds_it=Hold.objects.of(patron).open().filter(record=record).exists(),
        has_it=Loan.objects.of(patron).filter(record=record).exists(),
        **of_patron(patron, today),  # type: ignore[arg-type]
    )
