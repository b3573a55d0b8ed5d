"""Applicants whom no exact rule finds: what becomes of them, and what staff are told."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from patrons.matching.duplicates import DuplicateReason
from registration.application import services
from registration.application.enums import Reason, State
from registration.application.models import Application
from registration.review.comparison import REASONS, SIMILAR, agreement_in_words, explain
from tests.patrons.people import applicant, imported_patron
from tests.registration.support import TARO, TYPED, enter, text

pytestmark = pytest.mark.django_db
STORED = {
    "name": "大分　太郎",
    "last_name_kana": "オオイタ",
    "first_name_kana": "タロウ",
    "birth_date": "20130720",
    "address": TARO.address,
    "phone": TYPED["phone"],
    "email": TYPED["email"],
}


def applying(name: str = TARO.name, birth_date: str = TARO.birth_date, **typed: str) -> Application:
    identity = replace(TARO, name=name, birth_date=birth_date)
    return enter(services.attach_identity(application_id=None, identity=identity), **typed)


def test_a_new_family_name_leads_to_the_staff_and_offers_nothing():
    patron = imported_patron(**STORED)
    application = applying(name="別府　太郎", last_name_kana="ベップ")
    assert application.state == State.REVIEW
    assert application.duplicate_reason == DuplicateReason.WEIGHED
    assert application.candidate_ids == [patron.pk]
    assert application.transitions.latest("pk").reason == Reason.DUPLICATE


def test_staff_read_what_agrees(admin_client):
    imported_patron(**STORED)
    case = applying(birth_date="20130721")
    page = text(admin_client.get(reverse("admin:registration_reviewcase_change", args=[case.pk])))
    words = "名前、名前カタカナ、電話番号、E-mail、住所が一致（生年月日は1字違い）"
    assert words in page
    listed = text(admin_client.get(reverse("admin:registration_reviewcase_changelist")))
    assert SIMILAR in listed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "名前、名前カタカナ、生年月日、電話番号、E-mail、住所が一致"),
        (
            {"name": "別府　太郎", "last_name_kana": "ベップ", "email": "x@example.jp"},
            "名前の「名」、名前カタカナの「名」、生年月日、電話番号、住所が一致",
        ),
        (
            {"birth_date": "20130702", "phone": "0979999999"},
            "名前、名前カタカナ、E-mail、住所が一致（生年月日は数字の順が違う）",
        ),
    ],
)
def test_what_agrees_is_said_in_words(changes, words):
    assert agreement_in_words(applicant(**changes), applicant()) == words


def test_a_case_whose_candidates_have_changed_says_the_rule():
    changed = imported_patron()
    assert explain("weighed", applicant(), [changed]) == REASONS[DuplicateReason.WEIGHED]


def test_a_twin_registers():
    imported_patron(**STORED)
    application = applying(name="大分　次郎", first_name_kana="ジロウ")
    assert (application.state, application.candidate_ids) == (State.ENTERED, [])


def test_a_twin_whose_given_name_nobody_can_read_is_for_the_staff_and_offered_nothing():
    patron = imported_patron(**(STORED | {"name": "大分　〓", "phone": "", "email": ""}))
    application = applying(name="大分　〓", first_name_kana="ススム")
    assert application.state == State.REVIEW
    assert application.duplicate_reason == DuplicateReason.WEIGHED
    assert application.candidate_ids == [patron.pk]


def test_a_hint_registers_at_once_and_is_kept_for_the_staff(client: Client):
    parent = imported_patron(**(STORED | {"birth_date": "19800115"}))
    application = applying()
    assert (application.state, application.candidate_ids) == (State.ENTERED, [parent.pk])
    registered = services.register(application_id=application.pk)
    assert registered.state == State.REGISTERED
    assert Application.objects.hinted().get() == registered
