"""A counter with a record, copies of it, and patrons."""

from collections.abc import Callable

import pytest

from branches.models import Branch
from catalog.models import Item, Record
from circulation.local.holding import place_hold
from circulation.local.lending import lend
from circulation.models import Hold, Loan
from patrons.models import Patron
from tests.catalog.shelves import a_record, an_item
from tests.patrons.people import imported_patron


@pytest.fixture
def record(db) -> Record:
    return a_record()


@pytest.fixture
def main(record) -> Branch:
    return Branch.objects.get(code="main")


@pytest.fixture
def annex(record) -> Branch:
    return Branch.objects.exclude(code="main")[0]


@pytest.fixture
def item(record) -> Item:
    return an_item(record)


@pytest.fixture
def patron(db) -> Patron:
    return imported_patron()


@pytest.fixture
def other(db) -> Patron:
    return imported_patron(name="由布 一郎")


@pytest.fixture
def lent(patron, item, main) -> Loan:
    """The item, lent to the patron."""
    return lend(patron=patron, item_number=item.number, branch=main)


@pytest.fixture
def hold(record, main) -> Callable[..., Hold]:
    """Return `hold(patron, pickup=main)`, which puts a patron into the record's queue."""

    def place(patron: Patron, pickup: Branch = main) -> Hold:
        return place_hold(patron=patron, record=record, pickup=pickup)

    return place
