"""The whole of it with the demo's library system: asked for, done there, seen here."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.utils import timezone

from branches.models import Branch
from branches.services import create_first_branches
from catalog.models import Item, Record
from circulation.enums import HoldState, Refusal
from circulation.files.exchange import exchange
from circulation.files.models import LibraryRequest, Snapshot
from circulation.models import Hold, Loan
from circulation.port import Capability, Outcome, library_system
from demo import sample_catalog
from demo.library_system.faults import FAULTS
from demo.library_system.system import LibrarySystem
from patrons.models import Patron
from patrons.services import user_for
from tests.circulation.files.snapshots import in_a_test, patron_with_login
from tests.patrons.people import imported_patron

NUMBER = "8000002"
# What is refused with each fault; the others are taken over, or nobody can see them.
REASONS = {
    **{"half_written": "manifest", "missing": "missing", "cut": "hash", "rows": "rows"},
    **{"again": "older", "no_zone": "zone", "ahead": "future", "encoding": "encoding"},
    **{"bad_lines": "wrong"},
}


class Both:
    """The library system and the service, a minute later with each turn."""

    def __init__(self, home: Path) -> None:
        self.system = LibrarySystem(home)
        self.now = timezone.localtime() - timedelta(minutes=60)

    def turn(self, fault: str = "") -> None:
        """Let the library system do what was asked for, and the service take over what it says."""
        self.now += timedelta(minutes=1)
        self.system.turn(self.now, fault)
        in_a_test(exchange, folder=self.system.exchange, now=self.now)


@pytest.fixture
def both(tmp_path: Path, settings, db) -> Both:
    settings.LIBRARY_SYSTEM = "files"
    create_first_branches()
    in_a_test(sample_catalog.load)
    return Both(tmp_path / "home")


@pytest.fixture
def patron(both: Both) -> Patron:
    """Return one of the demo's patrons, after the first turn."""
    patron = patron_with_login(number=NUMBER)
    both.turn()
    return patron


def test_a_renewal_from_the_request_to_the_new_date(both: Both, patron: Patron):
    system = library_system()
    loans = system.items(patron=patron).loans
    assert len(loans) == 3
    waited_for = [loan for loan in loans if loan.refusal == Refusal.WAITED_FOR]
    asked, *_ = (loan for loan in loans if loan not in waited_for)
    outcomes = system.renew(patron=patron, loans=[loan.pk for loan in loans])
    assert outcomes[asked.pk] == Outcome.ASKED
    assert [outcomes[loan.pk] for loan in waited_for] == [Refusal.WAITED_FOR] * len(waited_for)
    # The file is written in this turn, and read in the next one.
    both.turn()
    waiting = {loan.pk: loan for loan in system.items(patron=patron).loans}[asked.pk]
    assert (waiting.due, waiting.asked) == (asked.due, Capability.RENEW)
    both.turn()
    renewed = {loan.pk: loan for loan in system.items(patron=patron).loans}[asked.pk]
    assert renewed.due == both.now.date() + timedelta(days=14)
    assert renewed.asked is None
    assert Loan.objects.get(pk=asked.pk).renewals == 1
    again = system.renew(patron=patron, loans=[asked.pk])
    assert again == {asked.pk: Outcome.ASKED}
    both.turn()
    both.turn()
    refused = {loan.pk: loan for loan in system.items(patron=patron).loans}[asked.pk]
    assert (refused.refusal, refused.asked) == (Refusal.RENEWED_ALREADY, None)


def test_a_hold_from_the_request_to_the_shelf_and_its_end(both: Both, patron: Patron):
    system, pickup = library_system(), Branch.objects.get(code="compal")
    free = Item.objects.filter(state="on_shelf").exclude(record__in=Hold.objects.values("record"))
    record = free.exclude(record__in=Loan.objects.values("record")).first().record
    system.request(patron=patron, record=record, pickup=pickup)
    states = []
    for _ in range(5):
        both.turn()
        states += Hold.objects.filter(patron=patron, record=record).values_list("state", flat=True)
    assert states == [HoldState.WAITING, HoldState.SECURED, HoldState.READY, HoldState.READY]
    hold = Hold.objects.get(patron=patron, record=record)
    assert (hold.pickup, hold.shelf_number is None) == (pickup, False)
    system.cancel(patron=patron, hold=hold.pk)
    both.turn("silent")
    both.turn("silent")
    assert not Hold.objects.filter(pk=hold.pk).exists()
    assert set(LibraryRequest.objects.values_list("outcome", flat=True)) == {"done"}


def test_lost_requests_are_done_once_the_library_system_hears_again(both: Both, patron: Patron):
    loan = library_system().items(patron=patron).loans[-1]
    library_system().renew(patron=patron, loans=[loan.pk])
    for fault in ("deaf", "deaf", "lost", "lost"):
        both.turn(fault)
        assert LibraryRequest.objects.open().count() == 1
    both.turn()
    assert LibraryRequest.objects.get().outcome == "done"


def test_who_registers_is_known_to_both_after_the_export(both: Both, patron: Patron, monkeypatch):
    registered = imported_patron(number="8000036", birth_date="19700101", name="由布 花")
    user_for(patron=registered)
    (both.system.patrons / "patrons-1.csv").write_text(
        f"利用者番号,名前\r\n{registered.number},由布 花\r\n", encoding="utf-8-sig"
    )
    # Killed while it writes, it has read them all the same.
    with monkeypatch.context() as killed:
        killed.setattr("demo.library_system.system.write", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            both.turn()
    both.turn()
    account = library_system().items(patron=registered)
    assert (account.loans, account.holds) == ((), ())
    assert list(both.system.patrons.iterdir()) == []


def test_each_fault_is_refused_or_taken_as_it_says(both: Both, patron: Patron):
    loans = library_system().counts(patron=patron)[0].loans
    for fault in FAULTS:
        before = Snapshot.objects.last_loaded()
        both.turn(fault)
        is_loaded = Snapshot.objects.last_loaded() != before
        reasons = {one.reason for one in Snapshot.objects.refused_since_loaded()}
        assert is_loaded is (fault not in REASONS | {"no_manifest": ""}), fault
        assert REASONS.get(fault, "") in reasons | {""}, fault
        # Of whom a line is wrong nothing is known; everybody's loans are gone with "empty" alone.
        if fault == "bad_line":
            both.turn()
        expected = 0 if fault == "empty" else loans
        assert library_system().counts(patron=patron)[0].loans == expected, fault
        if not is_loaded:
            both.turn()
    assert Record.objects.exists()
