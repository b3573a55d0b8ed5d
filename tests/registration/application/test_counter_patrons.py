"""Applicants who are patrons of the counter already, or may be."""

from dataclasses import replace

import pytest
from django.test import Client

from registration.application.enums import ApplicationState as State
from registration.application.enums import Reason
from registration.application.models import Application
from registration.review.services import case_of
from tests.patrons.people import imported_patron
from tests.registration.support import FORM, RESULT, TARO, TYPED, identify, text

pytestmark = pytest.mark.django_db


def at_the_result(identity, **typed):
    browser = Client()
    identify(browser, identity)
    assert browser.post(FORM, TYPED | typed).url == RESULT
    return text(browser.get(RESULT))


def counter_taro(**changes):
    person = {"name": TARO.name, "birth_date": TARO.birth_date, "address": TARO.address}
    return imported_patron(**(person | {"phone": "0975340001"} | changes))


@pytest.mark.parametrize(
    ("stored", "read", "state"),
    [
        ("19500101", "19500000", State.REVIEW),
        ("19500000", "19500101", State.ENTERED),
        ("19500100", "19500101", State.ENTERED),
        ("19510101", "19500000", State.REVIEW),
    ],
)
def test_a_birth_date_known_in_part_leads_staff_to_the_patron(client, stored, read, state):
    alike = stored[:4] == read[:4]
    # Name, phone and address together would be a hint, whatever the birth date.
    other = {"address": "大分県大分市荷揚町2番31号", "phone": "0975340009"}
    patron = counter_taro(**({"phone": TYPED["phone"]} if alike else other), birth_date=stored)
    draft = identify(client, replace(TARO, birth_date=read))
    client.post(FORM, TYPED)
    draft.refresh_from_db()
    assert (draft.state, draft.candidate_ids) == (state, [patron.pk] if alike else [])
    if state == State.REVIEW:
        assert case_of(draft).candidates == ([patron] if alike else [])


def test_a_phone_number_on_record_cannot_be_guessed_by_applying_again():
    patron = counter_taro(address="大分県大分市荷揚町2番31号")
    for phone in ("0975340002", "0975340003", patron.phone):
        assert "3開館日以内にお知らせします" in at_the_result(TARO, phone=phone)
    assert Application.objects.filter(state=State.REFUSED).count() == 2
    assert set(
        Application.objects.filter(state=State.REFUSED).values_list("duplicate_reason", flat=True)
    ) == {Reason.OPEN_REVIEW}


def test_the_phone_number_on_record_proves_the_patron_at_the_first_try():
    patron = counter_taro(address="大分県大分市荷揚町2番31号")
    assert "マイナンバーカードで番号を確認する" in at_the_result(TARO, phone=patron.phone)


def test_who_moves_to_the_address_on_record_is_sent_to_the_card_despite_an_open_review():
    counter_taro()
    before = replace(TARO, address="大分県大分市荷揚町２番３１号")
    assert "3開館日以内にお知らせします" in at_the_result(before, phone="0975340002")
    assert "マイナンバーカードで番号を確認する" in at_the_result(TARO, phone="0975340002")
