"""The writes after a new reading of the card."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from patrons.card_data_services import (
    CardDataRefusal,
    CardDataRefused,
    KanaOvertaken,
    change_kana,
    confirm_outdated,
    take_card_data,
)
from patrons.identity_link_services import link_own_card
from patrons.matching.addresses import address_key
from patrons.matching.keys import kana_key, name_key
from patrons.models import IdentityLink, Patron
from patrons.services import BIRTH_DATE_LOCK, register_patron
from tests.patrons.people import ADDRESS, APART, applicant, imported_patron, residency
from tests.patrons.test_card_data import ABROAD, IN_BEPPU, IN_FUKUOKA, MARRIED, NOW, TARO
from tests.patrons.test_parallel import registering, together
from tests.patrons.threads import until_somebody_waits


def row() -> dict[str, object]:
    return Patron.objects.values().get()


def test_name_and_address_are_taken_over_byte_for_byte_and_residency_decided_anew(patron):
    strange = replace(TARO, name="由布\u3000太郎\U000e0101  ", address=IN_BEPPU.address)
    take_card_data(patron=patron, card=strange, now=NOW)
    stored = row()
    assert (stored["name"], stored["address"]) == (strange.name, strange.address)
    assert stored["name_key"] == name_key(strange.name)
    assert stored["address_key"] == address_key(strange.address)
    assert stored["municipality_code"] == "44202"
    assert stored["residency_reason"] == "eligible"
    assert stored["residency_rule_version"] == residency().rule_version
    assert stored["verified_at"] == stored["card_data_at"] == stored["updated_at"] == NOW
    assert stored["kana_outdated"] is stored["postal_code_outdated"] is True
    assert stored["moved_out_at"] is None
    for kept in ("number", "birth_date", "postal_code", "last_name_kana", "phone", "email"):
        assert stored[kept] == getattr(patron, kept)


def test_nothing_new_moves_only_the_date_of_the_reading(patron):
    before = row()
    assert not take_card_data(patron=patron, card=TARO, now=NOW).any
    assert row() == before | {"verified_at": NOW, "card_data_at": NOW}


def test_registering_counts_as_a_reading(patron):
    assert patron.verified_at == patron.card_data_at == patron.registered_at


def test_linking_counts_as_a_reading_but_takes_nothing_over(db):
    patron = imported_patron(name=TARO.name, birth_date=TARO.birth_date)
    before = row()
    link_own_card(patron=patron, card=IN_FUKUOKA)
    assert before["verified_at"] is None
    assert row()["verified_at"] is not None
    assert row() | {"verified_at": None} == before
    # Then the card can renew the record.
    assert take_card_data(patron=patron, card=IN_FUKUOKA).moved_out
    assert row()["card_data_at"] == row()["verified_at"]


def test_moving_out_is_dated_once_and_undone_by_coming_back(patron):
    take_card_data(patron=patron, card=IN_FUKUOKA, now=NOW)
    stored = row()
    assert stored["moved_out_at"] == NOW
    assert (stored["municipality_code"], stored["residency_reason"]) == ("", "not_eligible")
    take_card_data(patron=patron, card=ABROAD, now=NOW + timedelta(days=1))
    assert (row()["moved_out_at"], row()["residency_reason"]) == (NOW, "abroad")
    assert Patron.objects.moved_out().get() == patron
    take_card_data(patron=patron, card=TARO, now=NOW + timedelta(days=2))
    assert row()["moved_out_at"] is None
    assert not Patron.objects.moved_out().exists()


def test_what_an_earlier_reading_made_outdated_stays_so(patron):
    take_card_data(patron=patron, card=MARRIED)
    take_card_data(patron=patron, card=replace(MARRIED, address=IN_BEPPU.address))
    assert row()["kana_outdated"] is True
    assert row()["postal_code_outdated"] is True


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        (replace(IN_BEPPU, subject="somebody"), CardDataRefusal.OTHER_PERSON),
        (replace(IN_BEPPU, issuer="https://elsewhere.test"), CardDataRefusal.OTHER_PERSON),
        (replace(IN_BEPPU, birth_date="20130721"), CardDataRefusal.BIRTH_DATE),
        (replace(IN_BEPPU, name="大分\n太郎"), CardDataRefusal.CHARACTERS),
        (replace(IN_BEPPU, address="大分県別府市\x1b"), CardDataRefusal.CHARACTERS),
    ],
)
def test_a_reading_that_is_refused_changes_nothing(patron, identity, reason):
    before = row()
    with pytest.raises(CardDataRefused) as refused:
        take_card_data(patron=patron, card=identity)
    assert refused.value.reason == reason
    assert row() == before


def test_an_address_of_several_lines_is_taken_over_as_it_is(patron):
    lines = IN_BEPPU.address.replace("別府市", "別府市\r\n")
    take_card_data(patron=patron, card=replace(IN_BEPPU, address=lines))
    assert row()["address"] == lines
    assert row()["municipality_code"] == "44202"


def test_the_card_of_another_patron_is_another_person(patron):
    sister = register_patron(
        applicant=applicant(subject="sister", name="大分　花子", first_name_kana="ハナコ"),
        residency=residency(),
    )
    before = Patron.objects.values().get(pk=patron.pk)
    with pytest.raises(CardDataRefused, match="other_person"):
        take_card_data(patron=patron, card=replace(IN_BEPPU, subject="sister"))
    assert Patron.objects.values().get(pk=patron.pk) == before
    sister.refresh_from_db()
    assert sister.address == ADDRESS


@pytest.mark.parametrize(
    "ended", [{"revoked_at": NOW}, {"patron__withdrawn_at": NOW}], ids=["revoked", "withdrawn"]
)
def test_a_link_that_has_ended_is_none(patron, ended):
    if "revoked_at" in ended:
        IdentityLink.objects.update(**ended)
    else:
        Patron.objects.update(withdrawn_at=NOW)
    with pytest.raises(CardDataRefused, match="not_linked"):
        take_card_data(patron=patron, card=IN_BEPPU)
    assert row()["address"] == ADDRESS


def test_a_name_and_birth_date_of_somebody_else_changes_nothing_at_all(patron):
    other = imported_patron(name="由布太郎", birth_date=TARO.birth_date)
    before = Patron.objects.values().get(pk=patron.pk)
    both = replace(MARRIED, address=IN_BEPPU.address)
    # The database is not left to refuse: its log would hold the name.
    with (
        CaptureQueriesContext(connection) as queries,
        pytest.raises(CardDataRefused, match="namesake"),
    ):
        take_card_data(patron=patron, card=both)
    assert not any("UPDATE" in query["sql"][:10] for query in queries)
    assert Patron.objects.values().get(pk=patron.pk) == before
    # Staff have found them to be two people, or the other one has left.
    Patron.objects.filter(pk=other.pk).update(namesake_no=1)
    take_card_data(patron=patron, card=both)
    assert Patron.objects.get(pk=patron.pk).name == MARRIED.name


def test_confirming_stores_only_what_was_asked_for(patron):
    take_card_data(patron=patron, card=replace(MARRIED, address=IN_BEPPU.address), now=NOW)
    confirm_outdated(patron=patron, postal_code="8740908")
    stored = row()
    assert (stored["postal_code"], stored["postal_code_outdated"]) == ("8740908", False)
    assert (stored["last_name_kana"], stored["kana_outdated"]) == ("オオイタ", True)
    assert stored["updated_at"] != NOW
    confirm_outdated(patron=patron, kana=("ユフ", "タロウ"))
    stored = row()
    assert (stored["last_name_kana"], stored["first_name_kana"]) == ("ユフ", "タロウ")
    assert stored["kana_key"] == kana_key("ユフタロウ")
    assert stored["kana_outdated"] is False


def test_confirming_what_is_still_right_is_no_change_of_data(patron):
    take_card_data(patron=patron, card=replace(MARRIED, address=IN_BEPPU.address), now=NOW)
    confirm_outdated(
        patron=patron,
        kana=(patron.last_name_kana, patron.first_name_kana),
        postal_code=patron.postal_code,
    )
    stored = row()
    assert stored["kana_outdated"] is stored["postal_code_outdated"] is False
    assert stored["updated_at"] == NOW


BEFORE, WANTED = ("オオイタ", "タロウ"), ("オオイタ", "タロー")


def test_kana_that_staff_allow_is_stored_with_its_key(patron):
    change_kana(patron=patron, kana=WANTED, before=BEFORE)
    stored = row()
    assert (stored["last_name_kana"], stored["first_name_kana"]) == WANTED
    assert stored["kana_key"] == kana_key("".join(WANTED))
    assert stored["updated_at"] > patron.updated_at


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"first_name_kana": "ジロウ"},
        {"last_name_kana": "ユフ"},
        {"kana_outdated": True},
        {"withdrawn_at": NOW},
    ],
)
def test_kana_is_not_changed_to_what_was_asked_for_otherwise(patron, meanwhile):
    Patron.objects.update(**meanwhile)
    before = row()
    with pytest.raises(KanaOvertaken):
        change_kana(patron=patron, kana=WANTED, before=BEFORE)
    assert row() == before


@pytest.mark.django_db(transaction=True)
def test_readings_at_the_same_instant_update_once():
    patron = register_patron(applicant=applicant(), residency=residency())
    results = together([lambda: take_card_data(patron=patron, card=IN_FUKUOKA)] * 20)
    assert sum(changes.any for changes in results) == 1
    stored = row()
    assert stored["address"] == IN_FUKUOKA.address
    assert stored["updated_at"] == stored["moved_out_at"] <= stored["verified_at"]


@pytest.mark.django_db(transaction=True)
def test_a_new_name_and_a_registration_at_the_same_instant_are_one_of_the_two():
    for attempt, birth_date in enumerate(APART):
        patron = register_patron(
            applicant=applicant(subject=str(attempt), birth_date=birth_date),
            residency=residency(),
        )
        renamed = replace(MARRIED, subject=str(attempt), birth_date=birth_date)
        namesake = applicant(
            subject=f"{attempt}-b",
            name=MARRIED.name,
            birth_date=birth_date,
            last_name_kana="ユフ",
            phone="0970000001",
            email="b@example.jp",
            address="大分県別府市1",
        )

        def rename(patron=patron, renamed=renamed):
            try:
                return take_card_data(patron=patron, card=renamed)
            except CardDataRefused as refused:
                return refused

        together([rename, registering(namesake)])
        named = Patron.objects.filter(name_key=name_key(MARRIED.name), birth_date=birth_date)
        assert named.count() == 1


@pytest.fixture
def other(transactional_db) -> Iterator[BaseDatabaseWrapper]:
    """Another connection, in a transaction."""
    copy = connection.copy()
    copy.set_autocommit(False)
    yield copy
    copy.close()


def test_a_reading_waits_for_who_registers_on_that_birth_date(patron, other):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [BIRTH_DATE_LOCK, 20130720])
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(together, [lambda: take_card_data(patron=patron, card=IN_FUKUOKA)])
        until_somebody_waits()
        assert row()["address"] == ADDRESS
        other.commit()
        assert reading.result()[0].address


@pytest.mark.parametrize("write", [confirm_outdated, partial(change_kana, before=BEFORE)])
def test_kana_waits_for_who_registers_on_that_birth_date(patron, other, write):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [BIRTH_DATE_LOCK, 20130720])
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(together, [lambda: write(patron=patron, kana=WANTED)])
        until_somebody_waits()
        assert row()["first_name_kana"] == BEFORE[1]
        other.commit()
        writing.result()
    assert row()["first_name_kana"] == WANTED[1]


def test_a_reading_does_not_undo_what_is_being_confirmed(patron, other):
    take_card_data(patron=patron, card=MARRIED)
    with other.cursor() as cursor:
        cursor.execute("UPDATE patrons_patron SET kana_outdated = false")
    moved = replace(MARRIED, address=IN_BEPPU.address)
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(together, [lambda: take_card_data(patron=patron, card=moved)])
        until_somebody_waits()
        other.commit()
        assert reading.result()[0].address
    assert row()["kana_outdated"] is False


def test_a_namesake_who_is_being_imported_changes_nothing_either(patron, other):
    before = row()
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patrons_patron (number, name, name_key, last_name_kana, first_name_kana,"
            " kana_key, birth_date, postal_code, address, address_key, phone, email, email_key,"
            " contact_method, municipality_code, residency_reason, residency_rule_version,"
            " registered_via, registered_at, namesake_no, updated_at)"
            " VALUES ('C1', %s, %s, '', '', '', %s, '', '', '', '', '', '', 'none', '', '', '',"
            " 'import', now(), 0, now())",
            [MARRIED.name, name_key(MARRIED.name), MARRIED.birth_date],
        )

    def read() -> None:
        with pytest.raises(CardDataRefused, match="namesake"):
            take_card_data(patron=patron, card=MARRIED)

    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(together, [read])
        until_somebody_waits()
        other.commit()
        reading.result()
    assert Patron.objects.values().get(pk=patron.pk) == before
