"""Loans and holds for tests, made at the counter of the main branch."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from branches.models import Branch
from circulation.local.holding import place_hold
from circulation.local.lending import lend, take_back
from circulation.models import Hold, Loan
from patrons.models import Patron
from tests.catalog.shelves import a_record, an_item
from tests.mylibrary.conftest import USAGE
from tests.patrons.people import imported_patron

HISTORY = f"{USAGE}history/"


def branch(code: str = "main") -> Branch:
    return Branch.objects.get(code=code)


def a_loan(
    patron: Patron, title: str = "吾輩は猫である", *, days_ago: int = 0, **said: Any
) -> Loan:
    """Lend a new copy of a new record some days ago; it is due 14 days after that."""
    item = an_item(a_record(title, **said))
    when = timezone.now() - timedelta(days=days_ago)
    return lend(patron=patron, item_number=item.number, branch=branch(), now=when)


def a_hold(patron: Patron, title: str = "坊っちゃん", *, before: int = 0) -> Hold:
    """Hold the one copy of a new record, which somebody else has; others may wait before."""
    item = an_item(a_record(title))
    lend(patron=somebody(), item_number=item.number, branch=branch())
    for _ in range(before):
        place_hold(patron=somebody(), record=item.record, pickup=branch())
    return place_hold(patron=patron, record=item.record, pickup=branch())


def come_back(hold: Hold, *, days_ago: int = 0) -> None:
    """Take back the copy that is out of what is held."""
    out = Loan.objects.get(record=hold.record)
    when = timezone.now() - timedelta(days=days_ago)
    take_back(item_number=out.item_number, branch=branch(), now=when)


def somebody() -> Patron:
    """Return a patron who is nobody in particular."""
    return imported_patron(namesake_no=Patron.objects.count())


def words_of(answer: HttpResponse) -> str:
    """Return what a page says, without its elements."""
    assert answer.status_code in {200, 422}
    within = answer.content.decode().partition("<main")[2]
    return " ".join(unescape(re.sub("<[^>]*>", " ", within)).split())
