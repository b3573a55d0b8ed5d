"""Who it is has to be proved just now, before anything makes a login last."""

import pytest
from django.test import Client

from accounts.models import Passkey
from mylibrary import session
from notices.models import Notice
from patrons.models import Patron
from tests.accounts.authenticator import Authenticator
from tests.accounts.leaking import tries
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE, EDIT, MENU, PASSWORD, PROFILE
from tests.mylibrary.mails import CONTACT
from tests.mylibrary.mynumber.cards import linked_patron, logged_in_as
from tests.mylibrary.passkeys.passkeys import ADD, OPTIONS, PASSKEYS, add, asked_for, send
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db
NEW = "taro@example.jp"
CHOSEN = {"new_password": "blue-mountain-river", "new_password_again": "blue-mountain-river"}
CARD_BUTTON = "マイナンバーカードでログイン</button>"


def let_it_lie(client: Client) -> Client:
    """Leave a browser alone until the proof is not recent any more."""
    stored = client.session
    stored[session.AUTHENTICATED_AT] -= session.RECENT.total_seconds() + 1
    stored.save()
    return client


@pytest.fixture
def left(at_home) -> Client:
    """A browser in which 大分 太郎 logged in with the password some time ago."""
    return let_it_lie(at_home)


@pytest.fixture
def by_card(client, identity_service) -> Client:
    """A browser in which 大分 太郎, who has no password, logged in with the card some time ago."""
    linked_patron(identity_service)
    identity_service.sign_in(client, purpose="login")
    return let_it_lie(client)


def change(client: Client, **typed: str):
    """Send 利用者情報変更 as its page has it now."""
    return client.post(EDIT, CONTACT | hidden_fields(text(client.get(EDIT))) | typed)


def address() -> str:
    return Patron.objects.get().email


def test_a_passkey_asks_for_the_password(left):
    assert '<div id="passkey-proof">' in text(left.get(PASSKEYS))
    for typed, told in (
        ({}, "パスワードを入力してください。"),
        ({"password": "wrong-password"}, "パスワードが違います。もう一度入力してください。"),
        ({"password": BIRTH_DATE}, "パスワードが違います。もう一度入力してください。"),
        ({"password": "\x00" * 9}, "パスワードが違います。もう一度入力してください。"),
    ):
        answer = send(left, OPTIONS, {"name": "iPhone"} | typed)
        assert (answer.status_code, answer.json()["message"]) == (403, told)
    # Half a character is nobody's password, and no text.
    assert send(left, OPTIONS, {"name": "iPhone", "password": "\ud800"}).status_code == 400
    assert "accounts_challenges_registration" not in left.session
    response = Authenticator().create(asked_for(left, OPTIONS, name="iPhone", password=PASSWORD))
    assert send(left, ADD, {"name": "iPhone", "response": response}).status_code == 200
    # What was typed is a proof for the next minutes.
    assert add(left, Authenticator(), "iPad").status_code == 200


def test_guessing_is_stopped(left):
    for _ in tries(10):
        answer = send(left, OPTIONS, {"name": "iPhone", "password": "wrong-password"})
        assert answer.status_code == 403
    answer = send(left, OPTIONS, {"name": "iPhone", "password": PASSWORD})
    assert answer.status_code == 429
    assert "待ってから、もう一度お試しください。" in answer.json()["message"]
    assert 0 < int(answer["Retry-After"]) <= 600


def test_no_passkey_is_added_without_what_the_proof_opened(left):
    response = Authenticator().create(
        {"challenge": "AAAA", "rp": {"id": "localhost"}, "user": {"id": "AAAA"}}
    )
    answer = send(left, ADD, {"name": "iPhone", "response": response, "password": PASSWORD})
    assert answer.status_code == 422
    assert not Passkey.objects.exists()


def test_whoever_has_just_logged_in_is_not_asked(at_home):
    assert '<div id="passkey-proof" hidden>' in text(at_home.get(PASSKEYS))
    assert 'name="password"' not in text(at_home.get(EDIT))
    assert add(at_home, Authenticator()).status_code == 200
    assert change(at_home, email=NEW).url == PROFILE
    assert address() == NEW


def test_choosing_the_first_password_is_a_proof(client, patron, log_in):
    log_in(client, patron.number, BIRTH_DATE)
    let_it_lie(client)
    assert client.post(CHOOSE, CHOSEN).url == MENU
    assert add(client, Authenticator()).status_code == 200


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "パスワードを入力してください"),
        ("wrong-password", "パスワードが違います"),
        (BIRTH_DATE, "パスワードが違います"),
    ],
)
def test_a_new_address_asks_for_the_password_and_keeps_what_was_typed(left, password, told):
    answer = change(left, email=NEW, phone="0977-00-0001", password=password)
    page = text(answer)
    assert answer.status_code == 422
    assert told in page
    assert 'href="#id_password"' in page
    assert f'value="{NEW}"' in page
    assert 'value="0977-00-0001"' in page
    assert address() == CONTACT["email"]
    assert not Notice.objects.exists()
    again = CONTACT | hidden_fields(page) | {"email": NEW, "password": PASSWORD}
    assert left.post(EDIT, again).url == PROFILE
    assert address() == NEW


def test_a_question_about_a_new_address_asks_for_the_password_no_more(left):
    answer = change(left, email="taro@gmial.com", phone="0977-00-0001", password=PASSWORD)
    page = text(answer)
    assert answer.status_code == 422
    assert "E-mailをご確認ください" in page
    assert 'value="taro@gmial.com"' in page
    assert 'value="0977-00-0001"' in page
    assert 'name="password"' not in page
    assert address() == CONTACT["email"]
    again = CONTACT | hidden_fields(page) | {"email": "taro@gmial.com"}
    assert left.post(EDIT, again | {"email_answer": "taro@gmail.com"}).url == PROFILE
    assert address() == "taro@gmail.com"


def test_guessing_at_a_new_address_is_stopped(left):
    answers = [change(left, email=NEW, password="wrong").status_code for _ in tries(11)]
    assert answers == [422] * 10 + [429]


def test_all_but_the_address_is_changed_without_the_password(left):
    assert change(left, phone="0977000001").url == PROFILE
    assert Patron.objects.get().phone == "0977000001"


def test_a_page_that_lay_open_asks_when_it_is_sent(at_home):
    tab = CONTACT | hidden_fields(text(at_home.get(EDIT))) | {"email": NEW}
    answer = let_it_lie(at_home).post(EDIT, tab)
    assert answer.status_code == 422
    assert 'href="#id_password"' in text(answer)
    assert f'value="{NEW}"' in text(answer)


def test_without_a_password_the_card_is_asked_for(by_card, identity_service):
    page = text(by_card.get(PASSKEYS))
    assert CARD_BUTTON in page
    assert 'id="passkey-add"' not in page
    for password in ("", BIRTH_DATE):
        answer = send(by_card, OPTIONS, {"name": "iPhone", "password": password})
        assert answer.status_code == 403
        assert "マイナンバーカードでもう一度ログインしてください" in answer.json()["message"]
    assert CARD_BUTTON in text(by_card.get(EDIT))
    answer = change(by_card, email=NEW, password=BIRTH_DATE)
    assert answer.status_code == 422
    assert f'value="{NEW}"' in text(answer)
    assert address() == CONTACT["email"]
    identity_service.sign_in(by_card, purpose="login", data={"next": EDIT})
    assert CARD_BUTTON not in text(by_card.get(EDIT))
    assert change(by_card, email=NEW).url == PROFILE
    assert add(by_card, Authenticator()).status_code == 200


def test_a_first_password_is_not_set_in_a_login_left_open(by_card, identity_service):
    page = text(by_card.get(CHOOSE))
    assert 'name="new_password"' not in page
    assert f'name="next" value="{CHOOSE}"' in page
    assert by_card.post(CHOOSE, CHOSEN).status_code == 200
    assert not Patron.objects.get().has_own_password
    identity_service.sign_in(by_card, purpose="login", data={"next": CHOOSE})
    assert by_card.post(CHOOSE, CHOSEN).url == MENU
    assert Patron.objects.get().has_own_password
    assert logged_in_as(by_card)
