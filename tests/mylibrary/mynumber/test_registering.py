"""利用者情報登録, begun by somebody who is a patron already."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.enums import Event
from audit.models import Record
from mylibrary import session
from mylibrary.mynumber.models import LinkOffer
from patrons.models import Patron
from registration.application.models import Application
from tests.mylibrary.conftest import LOGIN, MENU, PASSWORD
from tests.mylibrary.mynumber.cards import (
    ELSEWHERE,
    NUMBER,
    OTHER_ADDRESS,
    RECOVER_OFFER,
    counter_patron,
    heading,
    linked_patron,
    logged_in_as,
)
from tests.patrons.people import set_own_password
from tests.registration.support import FORM, RESULT, TYPED, draft_of, hidden_fields, text

pytestmark = pytest.mark.django_db
NEW = "blue-mountain-river"
FIELDS = {"new_password": NEW, "new_password_again": NEW}
ANOTHER = "/registration/another/"


@pytest.fixture
def read(client, identity_service):
    """Return `read(card)`: press マイナンバー読込 and come back."""

    def press(card="oita-taro", browser=client, **kwargs):
        return identity_service.sign_in(browser, card=card, **kwargs)

    return press


@pytest.mark.parametrize("own", [True, False])
def test_whose_card_is_linked_sees_the_number_and_decides_on_a_password(
    client, read, identity_service, own
):
    patron = linked_patron(identity_service)
    if own:
        set_own_password(patron=patron, password=PASSWORD)
    assert read().url == NUMBER
    response = client.get(NUMBER)
    assert heading(response) == "すでに登録されています"
    page = text(response)
    assert f"<strong>{patron.number}</strong>" in page
    assert "パスワードを決める</button>" in page
    assert "続けて別の方を登録する</button>" in page
    assert "no-store" in response["Cache-Control"]
    assert logged_in_as(client) is None
    before = client.session.session_key
    assert client.post(NUMBER, FIELDS).url == MENU
    assert logged_in_as(client) == patron.number
    assert client.session.session_key != before
    assert draft_of(client) is None
    assert Patron.objects.count() == 1


def test_whom_the_card_proves_sees_the_number_and_links_by_a_button(client, read, log_in):
    patron = counter_patron()
    assert read().url == RECOVER_OFFER
    page = text(client.get(RECOVER_OFFER))
    assert f"<strong>{patron.number}</strong>" in page
    assert "連携して、パスワードを決める</button>" in page
    assert "続けて別の方を登録する</button>" in page
    assert not patron.identity_links.exists()
    assert client.post(RECOVER_OFFER).url == NUMBER
    assert patron.identity_links.active().count() == 1
    assert "続けて別の方を登録する</button>" in text(client.get(NUMBER))
    assert client.post(NUMBER, FIELDS).url == MENU
    assert log_in(Client(), patron.number, NEW).url == MENU


@pytest.mark.parametrize(
    "changes", [{"address": OTHER_ADDRESS}, {"address": OTHER_ADDRESS, "phone": ""}]
)
def test_a_weaker_match_shows_no_number_and_goes_on_with_the_form(client, read, changes):
    patron = counter_patron(**changes)
    assert read().url == FORM
    assert patron.number not in text(client.get(FORM))
    page = client.get(RECOVER_OFFER)
    assert patron.number not in page.content.decode()
    assert client.post(FORM, TYPED).url == RESULT
    page = text(client.get(RESULT))
    assert "3開館日以内にお知らせします" in page
    assert patron.number not in page


def test_the_same_name_at_the_same_address_twice_is_offered_nothing(client, read):
    counter_patron(number="C1")
    counter_patron(number="C2", namesake_no=1)
    assert read().url == FORM
    assert not LinkOffer.objects.exists()
    assert client.get(RECOVER_OFFER).status_code == 302


def test_whom_the_phone_number_proves_at_the_form_need_not_read_the_card_again(client, read):
    patron = counter_patron(address=OTHER_ADDRESS)
    assert read().url == FORM
    assert client.post(FORM, TYPED | {"phone": patron.phone}).url == RESULT
    page = text(client.get(RESULT))
    assert patron.number not in page
    assert f'action="{NUMBER}"' in page
    assert client.get(NUMBER).url == RECOVER_OFFER
    assert patron.number not in text(client.get(RECOVER_OFFER))
    assert client.post(RECOVER_OFFER, {"phone": "0975349999"}).status_code == 422
    assert client.post(RECOVER_OFFER, {"phone": patron.phone}).url == NUMBER
    assert f"<strong>{patron.number}</strong>" in text(client.get(NUMBER))


def test_who_goes_on_to_the_form_all_the_same_is_refused_and_led_back_to_the_number(
    client, read, identity_service, monkeypatch
):
    patron = linked_patron(identity_service)
    read()
    assert client.post(FORM, TYPED | hidden_fields(text(client.get(FORM)))).url == RESULT
    page = text(client.get(RESULT))
    assert "<h1>すでに登録されている可能性があります</h1>" in page
    assert f'action="{NUMBER}"' in page
    assert f"<strong>{patron.number}</strong>" in text(client.get(NUMBER))
    later = timezone.now() + timedelta(minutes=10)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    page = text(client.get(RESULT))
    assert f'action="{NUMBER}"' not in page
    assert 'name="purpose" value="recover"' in page


def test_it_lasts_ten_minutes(client, read, identity_service, monkeypatch):
    linked_patron(identity_service)
    read()
    later = timezone.now() + session.RECOVERY_LASTS
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert client.get(NUMBER).url == f"{FORM}?interrupted=expired"
    assert client.post(NUMBER, FIELDS).url == f"{FORM}?interrupted=expired"
    assert logged_in_as(client) is None


@pytest.mark.parametrize("button", [ANOTHER, "/registration/cancel/", "/registration/finish/"])
def test_who_goes_on_with_another_person_cancels_or_finishes_leaves_nothing(
    client, read, identity_service, button
):
    patron = linked_patron(identity_service)
    read()
    client.post(button)
    for answer in (client.get(NUMBER), client.post(NUMBER, FIELDS), client.get(RECOVER_OFFER)):
        assert answer.status_code == 302
        assert patron.number not in text(client.get(answer.url))
    assert logged_in_as(client) is None


@pytest.mark.parametrize("linked", [True, False])
def test_another_card_takes_the_place_of_the_first(client, read, identity_service, linked):
    first = linked_patron(identity_service) if linked else counter_patron()
    assert read().url == (NUMBER if linked else RECOVER_OFFER)
    assert read("beppu").url == FORM
    for address in (NUMBER, RECOVER_OFFER):
        answer = client.get(address)
        assert answer.status_code == 302
        assert first.number not in text(client.get(answer.url))
        assert client.post(address, FIELDS).status_code == 302
    assert logged_in_as(client) is None


def test_a_childs_number_on_the_phone_where_a_parent_is_logged_in(
    client, read, identity_service, log_in
):
    parent = linked_patron(identity_service, "beppu")
    set_own_password(patron=parent, password=PASSWORD)
    child = linked_patron(identity_service)
    log_in(client, parent.number, PASSWORD)
    assert read().url == NUMBER
    assert f"<strong>{child.number}</strong>" in text(client.get(NUMBER))
    assert logged_in_as(client) == parent.number
    assert client.post(ANOTHER).url == FORM
    assert client.get(NUMBER).url == f"{FORM}?interrupted=expired"
    assert logged_in_as(client) == parent.number
    read()
    assert client.post(NUMBER, FIELDS).url == MENU
    assert logged_in_as(client) == child.number
    assert client.post(LOGIN, {"username": parent.number, "password": PASSWORD}).status_code == 302


def test_another_browser_sees_nothing(client, read, identity_service):
    patron = linked_patron(identity_service)
    read()
    other = Client()
    assert patron.number not in text(other.get(other.get(NUMBER).url))


def test_a_login_that_was_closed_shows_nothing(client, read, identity_service):
    patron = linked_patron(identity_service)
    set_own_password(patron=patron, password=PASSWORD)
    patron.user.is_active = False
    patron.user.save()
    assert read().url == FORM
    assert patron.number not in text(client.get(FORM))


def test_the_record_that_changed_meanwhile_is_not_linked(client, read):
    patron = counter_patron()
    read()
    Patron.objects.update(updated_at=timezone.now())
    assert client.post(RECOVER_OFFER).url == ELSEWHERE
    assert not patron.identity_links.exists()


def test_it_is_on_record_and_nothing_of_the_card_is_in_the_session(client, read, identity_service):
    patron = linked_patron(identity_service)
    read()
    assert Record.objects.filter(event=Event.RECOVERED, patron_id=patron.pk).count() == 1
    kept = str(dict(client.session))
    for claim in (patron.name, patron.birth_date, patron.address, patron.number):
        assert claim not in kept
    assert Application.objects.get().state == "identified"
