"""What residents read, and what they cannot begin meanwhile."""

import pytest
from django.test import Client

from mylibrary.mynumber.purposes import LINKED
from patrons.models import Patron
from registration.application.models import Application
from tests.identity import follow
from tests.mylibrary.mynumber.cards import linked_patron, logged_in_as
from tests.patrons.people import set_own_password
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED, entered, text

pytestmark = pytest.mark.django_db
HOME = "/"
LOGIN = "/mylibrary/login/"
RESET = "/mylibrary/password/reset/"
START = "/myna/start/"
STOP = "インターネットでの利用者登録を休止しています"
AGENCY = "デジタル庁のサービスの点検のため、本人確認ができません"
SYSTEM = "図書館システムの点検を行っています"
REGISTER = {"purpose": "registration", **TYPED}


def page(path: str, client: Client | None = None) -> str:
    return text((client or Client()).get(path))


@pytest.mark.parametrize(
    ("kind", "words", "paths", "not_on"),
    [
        ("registration_stop", STOP, [HOME, FORM], [LOGIN, "/counter/"]),
        ("agency_maintenance", AGENCY, [HOME, FORM, LOGIN, RESET], ["/counter/"]),
        ("library_maintenance", SYSTEM, [HOME, LOGIN], [FORM]),
    ],
)
def test_each_kind_is_said_where_it_matters_and_nowhere_else(announce, kind, words, paths, not_on):
    assert not any(words in page(path) for path in paths)
    announce(kind)
    assert all(words in page(path) for path in paths)
    assert not any(words in page(path) for path in not_on)


def test_staffs_own_sentence_is_said_instead_of_the_kinds(announce):
    announce("registration_stop", sentence="台風のため、お休みします。<b>")
    html = page(FORM)
    assert "台風のため、お休みします。&lt;b&gt;" in html
    assert "システムの点検のためです" not in html


def test_it_is_announced_from_a_day_ahead_and_ends_by_itself(announce):
    announce("registration_stop", begins=25, ends=30)
    assert "利用者登録を休止" not in page(HOME)
    announce("registration_stop", begins=23, ends=30)
    assert "から" in page(HOME)
    assert "インターネットでの利用者登録を休止します" in page(HOME)
    assert "マイナンバー読込" in page(FORM)


def test_what_is_over_is_not_said(announce):
    announce("registration_stop", begins=-3, ends=-1)
    assert STOP not in page(HOME)
    assert "マイナンバー読込" in page(FORM)


@pytest.mark.parametrize("kind", ["registration_stop", "agency_maintenance"])
def test_nobody_begins_and_what_was_typed_is_kept(client, announce, kind):
    announce(kind)
    html = page(FORM, client)
    assert "ただいま利用者登録を始められません" in html
    assert "マイナンバー読込" not in html
    assert "窓口で登録できます" in html
    answer = client.post(START, REGISTER)
    assert answer.status_code == 503
    assert "no-store" in answer["Cache-Control"]
    assert "60分のあいだ残っています" in text(answer)
    assert Application.objects.get().email == TYPED["email"]
    assert client.post(FORM, TYPED).status_code == 503


def test_what_was_typed_is_there_when_the_stop_is_over(client, announce):
    stop = announce("registration_stop")
    client.post(START, REGISTER)
    stop.delete()
    announce("library_maintenance")
    assert f'value="{TYPED["email"]}"' in page(FORM, client)


@pytest.mark.parametrize("kind", ["registration_stop", "agency_maintenance"])
def test_whose_card_was_read_before_goes_on_to_the_number(client, announce, kind):
    entered(client)
    announce(kind)
    assert client.get(FORM).status_code == 200
    assert client.post(FORM, TYPED).url == CONFIRM
    assert client.post(CONFIRM).url == RESULT
    assert f"『{Patron.objects.get().number}』" in page(RESULT, client)


@pytest.mark.parametrize("kind", ["registration_stop", "agency_maintenance"])
def test_who_is_at_the_identity_service_comes_back_to_the_form(
    client, announce, identity_service, kind
):
    way_back = identity_service.approve(identity_service.start(client, TYPED))
    announce(kind)
    assert follow(client, way_back).url == FORM
    assert "太郎" in page(FORM, client)


@pytest.mark.parametrize("purpose", ["login", "recover", "link", "refresh"])
def test_no_card_is_asked_for_while_the_agency_is_away(client, announce, identity_service, purpose):
    patron = linked_patron(identity_service)
    set_own_password(patron=patron, password="tall-green-lighthouse")
    client.post(LOGIN, {"username": patron.number, "password": "tall-green-lighthouse"})
    announce("agency_maintenance")
    answer = client.post(START, {"purpose": purpose})
    assert answer.status_code == 503
    assert "ただいま本人確認ができません" in text(answer)
    assert AGENCY in text(answer)
    assert logged_in_as(client) == patron.number
    assert client.get("/mylibrary/").status_code == 200
    assert str(LINKED) not in page("/mylibrary/profile/", client)


def test_the_card_button_gives_way_to_the_reason(announce):
    assert "マイナンバーカードでログイン</button>" in page(LOGIN)
    announce("agency_maintenance", begins=1, ends=3)
    assert "マイナンバーカードでログイン</button>" in page(LOGIN)
    assert AGENCY in page(LOGIN)
    announce("agency_maintenance")
    assert "マイナンバーカードでログイン</button>" not in page(LOGIN)


def test_my_library_says_when_the_librarys_system_is_away(client, announce, identity_service):
    linked_patron(identity_service)
    announce("library_maintenance")
    identity_service.sign_in(client, purpose="login")
    assert SYSTEM in page("/mylibrary/", client)
    assert SYSTEM in page("/mylibrary/card/", client)
