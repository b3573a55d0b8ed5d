from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from characters.text import InvalidInput
from patrons.matching.candidates import possible_duplicates
from patrons.matching.duplicates import DuplicateReason
from patrons.models import IdentityLink, Patron
from patrons.services import (
    DuplicateSuspected,
    NotEligible,
    PasswordExists,
    change_contact,
    find_duplicates,
    register_patron,
    user_for,
)
from tests.patrons.people import applicant, imported_patron, residency, set_own_password

TWIN = {
    "subject": "subject-2",
    "name": "大分　ユキ",
    "first_name_kana": "ユキ",
}


def register(**changes: str) -> Patron:
    return register_patron(applicant=applicant(**changes), residency=residency())


def refusal(**changes: str) -> DuplicateReason:
    with pytest.raises(DuplicateSuspected) as caught:
        register(**changes)
    return caught.value.decision.reason


def test_a_registration_stores_the_verified_data_byte_for_byte(db):
    name, address = "渡邉\U000e0102　𠮷郎", "大分県大分市　金池南１丁目５番１号"
    now = datetime(2026, 3, 10, tzinfo=UTC)
    patron = register_patron(
        applicant=applicant(name=name, address=address), residency=residency(address), now=now
    )
    patron.refresh_from_db()
    assert (patron.name, patron.address) == (name, address)
    assert patron.birth_date == "20130720"
    assert patron.name_key == "渡辺吉郎"
    assert patron.municipality_code == "44201"
    assert patron.residency_reason == "eligible"
    assert patron.residency_rule_version == residency().rule_version
    assert patron.registered_via == "online"
    assert patron.registered_at == now
    assert patron.first_login_until == now + timedelta(days=90)
    assert patron.exported_at is None
    assert patron.user is None
    assert [link.subject for link in patron.identity_links.all()] == ["subject-1"]


def test_an_address_outside_the_area_never_makes_a_patron(db):
    with pytest.raises(NotEligible):
        register_patron(applicant=applicant(), residency=residency("東京都千代田区千代田1-1"))
    assert not Patron.objects.exists()


@pytest.mark.parametrize("changes", [{"name": "大分\x00太郎"}, {"address": "大分県大分市\ud800"}])
def test_what_a_database_cannot_hold_is_refused(db, changes):
    with pytest.raises(InvalidInput):
        register(**changes)


def test_the_same_subject_is_refused(patron):
    assert refusal(name="別 人", birth_date="19900101") is DuplicateReason.SUBJECT_LINKED


def test_the_same_name_and_birth_date_is_refused_in_another_spelling(patron):
    assert refusal(subject="s2", name="大分 太郎") is DuplicateReason.NAME_AND_BIRTH_DATE


def test_the_same_kana_birth_date_and_phone_is_refused(patron):
    reason = refusal(subject="s2", name="大分 太朗", first_name_kana="タロー", email="x@y.jp")
    assert reason is DuplicateReason.KANA_BIRTH_DATE_AND_CONTACT


def test_a_patron_imported_from_the_counter_is_seen(db):
    stored = imported_patron()
    decision = find_duplicates(
        applicant=applicant(name="別府　花子", birth_date="19920402", subject="s9")
    )
    assert decision.reason is DuplicateReason.NAME_AND_BIRTH_DATE
    assert decision.patron_ids == (stored.pk,)


def test_twins_are_two_patrons(db):
    first = register(name="大分　ユウキ", first_name_kana="ユウキ")
    second = register(**TWIN)
    assert first.number != second.number


def test_a_family_shares_phone_and_mail(patron):
    parent = register(
        subject="s2", name="大分　一郎", first_name_kana="イチロウ", birth_date="19800101"
    )
    assert parent.phone == patron.phone
    assert parent.email == patron.email


def test_a_refusal_leaves_the_caller_s_transaction_usable(patron):
    with transaction.atomic():
        refusal()
        assert imported_patron().pk


def test_a_withdrawn_patron_can_return(patron):
    Patron.objects.filter(pk=patron.pk).update(withdrawn_at=datetime(2026, 1, 1, tzinfo=UTC))
    again = register()
    assert again.number != patron.number
    assert IdentityLink.objects.get().patron == again


def test_a_revoked_link_no_longer_stands_for_its_patron(patron):
    IdentityLink.objects.update(revoked_at=datetime(2026, 1, 1, tzinfo=UTC))
    other = register(name="別　人", birth_date="19900101", first_name_kana="ベツ")
    link = IdentityLink.objects.get()
    assert (link.patron, link.revoked_at) == (other, None)


def test_namesakes_told_apart_by_staff_are_both_stored(patron):
    imported_patron(
        name=patron.name, birth_date=patron.birth_date, namesake_no=1, first_name_kana="タロウ"
    )
    assert Patron.objects.filter(name_key=patron.name_key).count() == 2


@pytest.mark.parametrize("sign", ["〓", "\ue001", "?"])
def test_two_people_whose_given_names_nobody_can_read_are_two_patrons(db, sign):
    one = applicant(name=f"大分　{sign}", first_name_kana="ヒロシ")
    other = applicant(
        name="大分　〓",
        first_name_kana="ススム",
        subject="subject-2",
        phone="0970000001",
        email="other@oita.co.jp",
        address="大分県大分市府内町1丁目1番1号",
    )
    first = register_patron(applicant=one, residency=residency())
    second = register_patron(applicant=other, residency=residency())
    assert first.name_key == second.name_key
    assert (first.namesake_no, second.namesake_no) == (0, 1)


@pytest.mark.parametrize("length", [1, 300, 3000])
def test_a_name_of_any_length_is_stored(db, length):
    name = "\ufdfa" * length
    assert Patron.objects.get(pk=register(name=name).pk).name == name


def test_the_decision_takes_one_query_beside_the_lock(patron, django_assert_num_queries):
    with django_assert_num_queries(1):
        find_duplicates(applicant=applicant())


def test_contact_data_is_normalised_and_marks_the_patron_as_changed(patron):
    changed = change_contact(
        patron=patron, phone="０９０-1234-5678", email="New@Example.JP", contact_method="email"
    )
    changed.refresh_from_db()
    assert (changed.phone, changed.email) == ("09012345678", "New@example.jp")
    assert changed.email_key == "new@example.jp"
    assert changed.contact_method == "email"
    assert changed.updated_at > patron.updated_at


def test_contact_data_that_cannot_be_is_refused_and_nothing_changes(patron):
    with pytest.raises(InvalidInput) as caught:
        change_contact(patron=patron, phone="1", email=patron.email, contact_method="none")
    assert caught.value.code == "phone_prefix"
    patron.refresh_from_db()
    assert patron.phone == "0970000000"


def test_an_imported_patron_may_go_on_lacking_a_phone(db):
    stored = imported_patron(phone="")
    changed = change_contact(patron=stored, phone="", email="a@b.jp", contact_method="email")
    assert (changed.phone, changed.email) == ("", "a@b.jp")


def test_a_login_user_is_made_once_and_cannot_be_logged_into(patron):
    user = user_for(patron=patron)
    assert user_for(patron=patron) == user
    assert not user.has_usable_password()
    assert not user.is_staff
    assert patron.number not in user.username


def test_a_first_password_is_stored_once(patron):
    set_own_password(patron=patron, password="correct horse battery", first=True)
    with pytest.raises(PasswordExists):
        set_own_password(patron=patron, password="quite another one", first=True)
    patron.refresh_from_db()
    assert patron.user.check_password("correct horse battery")
    set_own_password(patron=patron, password="quite another one")
    assert Patron.objects.get().user.check_password("quite another one")


def test_an_own_password_closes_the_first_login(patron):
    user = set_own_password(patron=patron, password="correct horse battery")
    patron.refresh_from_db()
    assert patron.user == user
    assert user.check_password("correct horse battery")
    assert patron.first_login_until is None
    assert patron.has_own_password


@pytest.mark.parametrize(
    ("changes", "is_looked_at"),
    [
        ({}, False),
        ({"phone": "0970000000"}, True),
        ({"email": "oita@oita.co.jp"}, True),
        ({"address": "大分市金池南1-5-1　コーポ南104号"}, True),
        # Born on one day, with a part of the name in another place, or nothing of it.
        ({"birth_date": "20130720"}, False),
        ({"birth_date": "20130720", "name": "太郎 別府"}, True),
        ({"birth_date": "20130720", "last_name_kana": "タロウ"}, True),
        ({"birth_date": "20130720", "name": "別府 花子（大分）"}, True),
        # A near birth date only with the whole name or its kana.
        ({"birth_date": "20130721", "name": "大分 花子"}, False),
        ({"birth_date": "20130721", "name": "大分 太郎"}, True),
        (
            {"birth_date": "20130702", "last_name_kana": "オオイタ", "first_name_kana": "タロウ"},
            True,
        ),
        ({"birth_date": "20120721", "name": "大分 太郎"}, False),
    ],
)
def test_whom_the_rules_look_at(db, changes, is_looked_at):
    other = imported_patron(**changes)
    found = [one.patron_id for one in possible_duplicates(applicant())]
    assert found == ([other.pk] if is_looked_at else [])
    Patron.objects.update(withdrawn_at=timezone.now())
    assert possible_duplicates(applicant()) == []
