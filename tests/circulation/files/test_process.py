"""`library_files` as a real process: what it holds while it works, and what is left of it."""

import signal
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from circulation.checks import library_system_by_files_can_work
from circulation.files.models import LibraryRequest, Snapshot
from circulation.history import keep_history, stop_history
from circulation.models import Loan, ReadingHistory
from circulation.port import Outcome, library_system
from tests.circulation.files.snapshots import Vendor, patron_with_login
from tests.patrons.processes import start
from tests.patrons.threads import together, until_somebody_waits
from tests.waiting import eventually

ROW = ("", "題名", "2026-03-10")


@pytest.mark.django_db(transaction=True)
def test_stopped_or_killed_in_the_middle_it_holds_nobody(tmp_path: Path, settings):
    settings.LIBRARY_SYSTEM = "files"
    vendor, patron = Vendor(tmp_path), patron_with_login()
    lines = [(patron.number, number, *ROW, "2026-03-24", 0, "") for number in ("1", "2")]
    vendor.write(patrons=[(patron.number, "利用可")], loans=lines)
    vendor.take()
    vendor.write(patrons=[(patron.number, "利用可")])
    environment = {"LIBRARY_SYSTEM": "files", "LIBRARY_SYSTEM_FOLDER": str(tmp_path)}
    process = start("library_files", log=tmp_path / "log", environment=environment)
    try:
        with transaction.atomic():
            # Whoever reads takes no lock: this one only lets the process stand where it merges.
            Loan.objects.select_for_update().get(item_number="2")
            until_somebody_waits()
            process.send_signal(signal.SIGSTOP)
        system = library_system()
        account = system.items(patron=patron)
        assert (len(account.loans), account.as_of) == (2, vendor.as_of(1))
        first = account.loans[0].pk
        assert system.renew(patron=patron, loans=[first]) == {first: Outcome.ASKED}
    finally:
        process.kill()
        process.wait()
    assert Loan.objects.count() == 2
    eventually(vendor.take)
    assert not Loan.objects.exists()
    assert LibraryRequest.objects.get().outcome == "gone"
    assert Snapshot.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_comes_back_while_history_is_switched_off_is_not_kept(tmp_path: Path, settings):
    settings.LIBRARY_SYSTEM = "files"
    vendor, patron = Vendor(tmp_path), patron_with_login()
    keep_history(patron=patron)
    patrons = [(patron.number, "利用可")]
    vendor.write(patrons=patrons, loans=[(patron.number, "1", *ROW, "2026-03-24", 0, "")])
    vendor.take()
    vendor.write(patrons=patrons)
    is_off = threading.Event()

    def switch_off() -> None:
        with transaction.atomic():
            stop_history(patron=patron)
            is_off.set()
            until_somebody_waits()

    def take() -> None:
        is_off.wait(30)
        vendor.take()

    together([switch_off, take])
    assert not Loan.objects.exists()
    assert not ReadingHistory.objects.exists()


def test_it_says_what_it_cannot_work_with(tmp_path: Path, settings):
    with pytest.raises(CommandError, match="LIBRARY_SYSTEM is not files"):
        call_command("library_files", once=True)
    settings.LIBRARY_SYSTEM = "files"
    with pytest.raises(CommandError, match="with --once"):
        call_command("library_files", may_lose=True)


@pytest.mark.django_db
def test_a_folder_that_is_away_is_told(tmp_path: Path, settings):
    settings.LIBRARY_SYSTEM = "files"
    settings.LIBRARY_SYSTEM_FOLDER = str(tmp_path / "away")
    with pytest.raises(CommandError, match="No such file"):
        call_command("library_files", once=True)


def test_settings_that_cannot_work_are_refused(settings):
    settings.LIBRARY_SYSTEM_FOLDER = "exchange"
    assert list(library_system_by_files_can_work()) == []
    settings.LIBRARY_SYSTEM = "files"
    settings.LIBRARY_SYSTEM_ACCEPTS = ["renew", "lend"]
    found = [error.id for error in library_system_by_files_can_work()]
    assert found == ["circulation.E011", "circulation.E012"]
