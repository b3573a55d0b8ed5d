"""What the demo's patrons have borrowed and wait for, by the services of the counter."""

from datetime import datetime, timedelta

from django.utils import timezone

from branches.models import Branch
from catalog.models import Item, ItemState
from circulation.history import keep_history
from circulation.local.holding import place_hold
from circulation.local.lending import lend, take_back
from circulation.models import HistoryChoice
from demo.sample_data import COUNTER_NUMBER
from patrons.models import Patron

# How long ago each of the first copies on the shelf was lent: overdue, due soon, just begun.
LENT_DAYS_AGO = (17, 12, 5, 1)
OUT_ELSEWHERE, FETCHED_BY = 4, 2


def load() -> None:
    """Lend and hold in a collection that nobody has borrowed from yet."""
    patron = Patron.objects.get(number=COUNTER_NUMBER)
    other = Patron.objects.exclude(pk=patron.pk).earliest("pk")
    main, now = Branch.objects.all()[0], timezone.now()
    shelf = Item.objects.filter(state=ItemState.ON_SHELF).exclude(
        record__items__state=ItemState.ON_LOAN
    )
    # Works of which there is one copy: whoever wants it waits.
    items = iter([item for item in shelf.order_by("pk") if item.record.items.count() == 1])
    for days in LENT_DAYS_AGO:
        _lend(patron, next(items), now - timedelta(days=days))
    wanted = [next(items) for _ in range(OUT_ELSEWHERE)]
    for item in wanted:
        _lend(other, item, now - timedelta(days=3))
        place_hold(patron=patron, record=item.record, pickup=main)
    for item in wanted[:FETCHED_BY]:
        take_back(item_number=item.number, branch=main)
    # The other wants what she has: it cannot be renewed.
    first = patron.loans.order_by("due")[1]
    assert first.record is not None
    place_hold(patron=other, record=first.record, pickup=main)
    if not HistoryChoice.objects.filter(patron=patron).exists():
        keep_history(patron=patron)
        read = next(items)
        _lend(patron, read, now - timedelta(days=9))
        take_back(item_number=read.number, branch=main)


def _lend(patron: Patron, item: Item, when: datetime) -> None:
    lend(patron=patron, item_number=item.number, branch=item.branch, now=when)
