"""The command that computes stored matching keys anew."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Event

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from patrons.key_services import KEYS, recompute_keys
from patrons.matching.keys import KEYS_VERSION
from patrons.models import Patron
from patrons.retention import erase_patron
from patrons.services import lock_birth_date
from tests.patrons.people import imported_patron
from tests.patrons.threads import until_somebody_waits

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("recompute_keys", *arguments, stdout=out)
    return out.getvalue().splitlines()


def keys(patron):
    return Patron.objects.values_list(*KEYS, "namesake_no", "updated_at").get(pk=patron.pk)


def folded_before(patron, **earlier):
    """Store keys as an earlier folding made them."""
    Patron.objects.filter(pk=patron.pk).update(**earlier)


def test_outdated_keys_are_listed_and_written_and_nothing_else():
    patron, other = imported_patron(number="C1"), imported_patron(number="C2", name="臼杵 美里")
    right = keys(patron)
    folded_before(patron, name_key="x", kana_key="y", address_key="z", email_key="")
    wrong = keys(patron)
    line = "patron C1: name_key kana_key address_key email_key"
    assert run("--dry-run") == [
        f"keys: {KEYS_VERSION}",
        line,
        "patrons: 2 checked, 1 would change, 0 with somebody of the same name and birth date",
    ]
    assert keys(patron) == wrong
    untouched = keys(other)
    assert line in run()
    assert keys(patron) == right
    assert keys(other) == untouched
    assert "patrons: 2 checked, 0 changed" in run()[-1]


def test_patrons_who_come_to_share_a_name_key_are_told_apart_and_listed():
    first = imported_patron(number="C1", name="渡辺 花子")
    second = imported_patron(number="C2", name="渡邉 花子", namesake_no=1)
    third = imported_patron(number="C3", name="渡邊 花子", namesake_no=2)
    folded_before(second, name_key="渡邉花子", namesake_no=0)
    folded_before(third, name_key="渡邊花子", namesake_no=0)
    lines = ["patron C2: name_key, same name as C1", "patron C3: name_key, same name as C1 C2"]
    assert run("--dry-run")[1:3] == lines
    assert run()[1:3] == lines
    numbers = dict(Patron.objects.values_list("number", "namesake_no"))
    assert numbers == {"C1": 0, "C2": 1, "C3": 2}
    assert set(Patron.objects.values_list("name_key", flat=True)) == {first.name_key}


@pytest.mark.parametrize("batch_size", [1, 10])
def test_a_dry_run_lists_who_comes_to_share_a_new_key_and_not_who_ceases_to(batch_size):
    for number, now, before in [
        ("C1", "渡辺 花子", "x"),
        ("C2", "渡邉 花子", "y"),
        ("C3", "別府 花子", "渡辺花子"),
        ("C4", "渡邊 花子", "z"),
        ("C5", "別府 一", "v"),
        ("C6", "別府 一", "w"),
    ]:
        gone = {"withdrawn_at": "2026-01-01T00:00Z"} if number == "C5" else {}
        patron = imported_patron(number=number, name=now, namesake_no=int(number[1:]), **gone)
        folded_before(patron, name_key=before)
    listed = [
        {
            change.number: change.namesakes
            for batch in recompute_keys(write=write, batch_size=batch_size)
            for change in batch.changes
        }
        for write in (False, True)
    ]
    assert listed[0] == listed[1]
    assert listed[0] == {
        "C1": ("C3",),
        "C2": ("C1", "C3"),
        "C3": (),
        "C4": ("C1", "C2"),
        "C5": (),
        "C6": (),
    }


def test_erased_patrons_stay_empty():
    patron = imported_patron(withdrawn_at="2026-01-01T00:00Z")
    folded_before(patron, name_key="x")
    assert sum(batch.checked for batch in recompute_keys(write=False)) == 1
    assert erase_patron(patron_id=patron.pk)
    assert sum(batch.checked for batch in recompute_keys(write=True)) == 0


def test_batches_cover_everybody():
    for number in range(5):
        imported_patron(name=f"別府 花子{number}")
    Patron.objects.update(kana_key="x")
    assert [len(batch.changes) for batch in recompute_keys(write=True, batch_size=2)] == [2, 2, 1]
    assert not Patron.objects.filter(kana_key="x").exists()


@pytest.mark.django_db(transaction=True)
def test_a_patron_is_written_after_whoever_holds_the_birth_date_and_read_again():
    patron = imported_patron()
    right = keys(patron)
    folded_before(patron, name_key="x", email_key="x")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_birth_date(birth_date=patron.birth_date)
            found = pool.submit(lambda: (list(recompute_keys(write=True)), connection.close())[0])
            until_somebody_waits()
            folded_before(patron, email_key=patron.email_key)
        changes = found.result()[0].changes
    assert [change.keys for change in changes] == [("name_key",)]
    assert keys(patron) == right


@pytest.mark.django_db(transaction=True)
def test_who_gets_another_birth_date_meanwhile_is_told_apart_from_whoever_is_stored_for_that_day():
    patron = imported_patron(birth_date="19920402")
    folded_before(patron, name_key="x")
    stored, corrected = Event(), Event()

    def store_namesake():
        with transaction.atomic():
            lock_birth_date(birth_date="19920403")
            imported_patron(birth_date="19920403")
            stored.set()
            assert corrected.wait(30)
            until_somebody_waits()

    def in_thread(task):
        try:
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        storing = pool.submit(in_thread, store_namesake)
        assert stored.wait(30)
        with transaction.atomic():
            lock_birth_date(birth_date="19920402")
            found = pool.submit(in_thread, lambda: list(recompute_keys(write=True)))
            until_somebody_waits()
            Patron.objects.filter(pk=patron.pk).update(birth_date="19920403")
        corrected.set()
        storing.result()
        found.result()
    patron.refresh_from_db()
    assert (patron.name_key, patron.namesake_no) == ("別府花子", 1)
