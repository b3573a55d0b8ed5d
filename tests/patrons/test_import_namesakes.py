"""Rows that share name and birth date with another patron: all are stored, and staff are told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patrons.models import Patron
from patrons.services import register_patron
from tests.patrons.library_files import ONLINE, counts
from tests.patrons.people import applicant, imported_patron, residency

pytestmark = pytest.mark.django_db(transaction=True)


def namesake_numbers() -> dict[str, int]:
    return dict(Patron.objects.values_list("number", "namesake_no"))


def test_namesakes_in_the_file_and_in_the_table_are_numbered_and_told(take_over):
    imported_patron(number="Z", name="別府 花子", namesake_no=4)
    imported = take_over({}, {"number": "C2", "name": "別府花子"}, {"number": "C3", "name": "他"})
    assert counts(imported) == {"inserted": 3, "namesake": 2}
    assert take_over.told == [("namesake", "C1", "namesake"), ("namesake", "C2", "namesake")]
    assert namesake_numbers() == {"Z": 4, "C1": 5, "C2": 6, "C3": 0}


def test_who_has_withdrawn_is_nobody_s_namesake_but_keeps_the_number(take_over):
    imported_patron(number="Z", namesake_no=2, withdrawn_at=timezone.now())
    assert counts(take_over({}, {"number": "C2", "status": "退会"})) == {"inserted": 2}
    assert namesake_numbers() == {"Z": 2, "C1": 0, "C2": 0}
    assert counts(take_over({}, {"number": "C2"})) == {"unchanged": 1, "updated": 1, "namesake": 1}
    assert namesake_numbers() == {"Z": 2, "C1": 0, "C2": 3}


def test_two_who_change_their_names_with_each_other_are_both_stored(take_over):
    take_over({"name": "甲"}, {"number": "C2", "name": "乙"})
    assert counts(take_over({"name": "乙"}, {"number": "C2", "name": "甲"}))["updated"] == 2
    assert dict(Patron.objects.values_list("number", "name")) == {"C1": "乙", "C2": "甲"}


def test_who_read_the_card_and_comes_back_beside_a_namesake_of_the_card_s_name(take_over):
    # The card's name stays, so it is by that one that both are told apart.
    first = register_patron(applicant=applicant(name="𠮷田　太郎"), residency=residency())
    Patron.objects.update(withdrawn_at=timezone.now())
    second = register_patron(applicant=applicant(name="𠮷田　太郎"), residency=residency())
    Patron.objects.update(exported_at=timezone.now() + timedelta(seconds=1))
    imported = take_over(ONLINE | {"number": first.number, "name": "〓田　太郎"})
    assert counts(imported) == {"updated": 1, "namesake": 1}
    assert namesake_numbers() == {first.number: 1, second.number: 0}
    first.refresh_from_db()
    assert (first.name, first.withdrawn_at) == ("𠮷田　太郎", None)


def test_who_comes_back_with_changes_to_be_exported_is_told_apart_by_the_stored_name(take_over):
    # Never exported, and registered anew while the library system had the first as withdrawn.
    first = register_patron(applicant=applicant(), residency=residency())
    Patron.objects.update(withdrawn_at=timezone.now())
    second = register_patron(applicant=applicant(), residency=residency())
    imported = take_over(ONLINE | {"number": first.number})
    assert counts(imported) == {"kept": 1, "namesake": 1}
    assert take_over.told == [
        ("kept", first.number, "only_returned"),
        ("namesake", first.number, "namesake"),
    ]
    assert namesake_numbers() == {first.number: 1, second.number: 0}
    assert Patron.objects.active().count() == 2


def test_a_patron_of_the_counter_who_comes_back_keeps_the_stored_name_and_is_told_apart_by_it(
    take_over,
):
    imported_patron(number="C1", withdrawn_at=timezone.now(), exported_at=None)
    imported_patron(number="C2")
    row = {"name": "別府　華子", "kana": "ベップ　カコ"}
    assert counts(take_over(row, {"number": "C3"} | row)) == {
        "inserted": 1,
        "kept": 1,
        "namesake": 1,
    }
    assert namesake_numbers() == {"C1": 1, "C2": 0, "C3": 0}
    assert Patron.objects.active().count() == 3
