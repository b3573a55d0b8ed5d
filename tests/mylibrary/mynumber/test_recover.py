"""パスワードを忘れた方: the number and a new password for whoever holds the card."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import throttle
from mylibrary import session
from mylibrary.mynumber.models import LinkOffer
from mylibrary.tasks import delete_expired
from patrons.models import IdentityLink, Patron
from tests.accounts.leaking import tries
from tests.identity import follow
from tests.mylibrary.conftest import CARD, CHOOSE, LOGIN, MENU, PASSWORD
from tests.mylibrary.mynumber.cards import (
    LOGIN_OFFER,
    NOT_FOUND,
    NUMBER,
    OTHER_ADDRESS,
    RECOVER_OFFER,
    RESET,
    counter_patron,
    heading,
    linked_patron,
    logged_in_as,
)
from tests.patrons.people import set_own_password
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED, text

pytestmark = pytest.mark.django_db
NEW = "blue-mountain-river"
FIELDS = {"new_password": NEW, "new_password_again": NEW}


@pytest.fixture
def read(client, identity_service):
    """Return `read(card)`: press マイナンバーカードで番号を確認する and come back."""

    def press(card="oita-taro", browser=client, **fields):
        return identity_service.sign_in(browser, purpose="recover", card=card, data=fields)

    return press


@pytest.fixture
def forgetful(identity_service, db) -> Patron:
    """大分 太郎, whose card is linked and who has forgotten the password."""
    patron = linked_patron(identity_service)
    set_own_password(patron=patron, password=PASSWORD)
    return patron


def test_page_offers_the_card_the_mail_and_the_counter(client, identity_service):
    response = client.get(RESET)
    assert heading(response) == "パスワードを忘れた方"
    page = text(response)
    assert "マイナンバーカードで番号を確認する</button>" in page
    assert 'href="/counter/"' in page
    assert "メールを送る</button>" in page
    assert identity_service.issuer in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


def test_number_is_shown_and_a_new_password_logs_in(client, read, forgetful, log_in):
    assert read().url == NUMBER
    response = client.get(NUMBER)
    assert heading(response) == "利用者番号の確認"
    assert f"<strong>{forgetful.number}</strong>" in text(response)
    assert "今のパスワード" not in text(response)
    assert logged_in_as(client) is None
    before = client.session.session_key
    assert client.post(NUMBER, FIELDS).url == MENU
    assert logged_in_as(client) == forgetful.number
    assert client.session.session_key != before
    assert "パスワードを変更しました" in text(client.get(MENU))
    assert log_in(Client(), forgetful.number, PASSWORD).status_code == 422
    assert log_in(Client(), forgetful.number, NEW).url == MENU


def test_every_other_session_of_the_patron_ends(client, read, forgetful, log_in):
    elsewhere = Client()
    log_in(elsewhere, forgetful.number)
    read()
    client.post(NUMBER, FIELDS)
    assert elsewhere.get(MENU).url.startswith(LOGIN)
    assert client.get(MENU).status_code == 200


def test_reading_the_card_logs_nobody_in_and_leaves_the_password(client, read, forgetful, log_in):
    read()
    for path in (MENU, CARD, CHOOSE):
        assert client.get(path).url.startswith(LOGIN)
    answer = client.post(NUMBER, {"leave": "1"})
    assert heading(answer) == "終了しました"
    assert forgetful.number not in text(answer)
    assert client.get(NUMBER).url == RESET
    assert log_in(Client(), forgetful.number, PASSWORD).url == MENU


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "新しいパスワードを入力してください"),
        ({"new_password": "short7!", "new_password_again": "short7!"}, "8文字以上"),
        ({"new_password": "20130720", "new_password_again": "20130720"}, "生年月日は使えません"),
        ({"new_password": NEW, "new_password_again": "other"}, "上と同じパスワード"),
    ],
)
def test_unfit_password_is_refused_and_can_be_chosen_again(
    client, read, forgetful, fields, message
):
    read()
    page = client.post(NUMBER, fields)
    assert page.status_code == 422
    assert message in text(page)
    assert "<title>エラー：" in text(page)
    assert client.post(NUMBER, FIELDS).url == MENU


def test_right_to_set_it_is_spent_by_one_success(client, read, forgetful):
    read()
    client.post(NUMBER, FIELDS)
    assert client.get(NUMBER).url == MENU
    assert client.post(NUMBER, FIELDS | {"new_password": "x" * 9}).url == MENU
    assert Patron.objects.get().user.check_password(NEW)


def test_right_to_set_it_ends_after_ten_minutes(client, read, forgetful, monkeypatch):
    read()
    later = timezone.now() + session.RECOVERY_LASTS + timedelta(seconds=1)
    assert timedelta(minutes=10) == session.RECOVERY_LASTS
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    answer = client.post(NUMBER, FIELDS)
    assert "本人確認の時間が過ぎました" in text(client.get(answer.url))
    assert Patron.objects.get().user.check_password(PASSWORD)


def test_right_to_set_it_is_this_browsers(client, read, forgetful):
    read()
    assert Client().post(NUMBER, FIELDS).url == RESET
    assert Patron.objects.get().user.check_password(PASSWORD)


def test_right_to_set_it_ends_when_somebody_logs_in_by_number(client, read, forgetful, log_in):
    other = counter_patron("beppu")
    set_own_password(patron=other, password=PASSWORD)
    read()
    log_in(client, other.number)
    assert client.post(NUMBER, FIELDS).url == MENU
    assert Patron.objects.get(pk=forgetful.pk).user.check_password(PASSWORD)


def test_a_login_lets_nobody_set_a_password(client, identity_service, forgetful):
    identity_service.sign_in(client, purpose="login")
    assert client.get(NUMBER).status_code == 302
    assert client.post(NUMBER, FIELDS).status_code == 302
    assert Patron.objects.get().user.check_password(PASSWORD)


def test_withdrawn_meanwhile(client, read, forgetful):
    read()
    Patron.objects.update(withdrawn_at=timezone.now())
    assert client.get(NUMBER).url.startswith(RESET)


def test_parents_session_ends_when_the_childs_card_is_read(client, read, forgetful, log_in):
    parent = counter_patron("oita-hanako")
    set_own_password(patron=parent, password=PASSWORD)
    log_in(client, parent.number)
    assert read().url == NUMBER
    assert logged_in_as(client) is None
    assert parent.number not in text(client.get(NUMBER))


def test_throttled_number_is_free_after_the_recovery(client, read, forgetful, log_in):
    for _ in range(throttle.ACCOUNT.burst):
        log_in(Client(), forgetful.number, "wrong-password")
    assert log_in(Client(), forgetful.number, PASSWORD).status_code == 429
    read()
    client.post(NUMBER, FIELDS)
    assert log_in(Client(), forgetful.number, NEW).status_code == 302


def test_throttled_known_browser_is_free_after_the_recovery(client, read, forgetful, log_in):
    log_in(client, forgetful.number)
    client.post("/mylibrary/logout/")
    for _ in tries(throttle.DEVICE.burst):
        log_in(client, forgetful.number, "wrong-password")
    assert log_in(client, forgetful.number, PASSWORD).status_code == 429
    read()
    client.post(NUMBER, FIELDS)
    client.post("/mylibrary/logout/")
    assert log_in(client, forgetful.number, NEW).status_code == 302


def test_patron_of_the_counter_links_sees_the_number_and_sets_a_password(client, read, log_in):
    patron = counter_patron(address=OTHER_ADDRESS)
    assert read().url == RECOVER_OFFER
    assert patron.number not in text(client.get(RECOVER_OFFER))
    assert client.get(NUMBER).url == RESET
    assert client.post(RECOVER_OFFER, {"phone": "0975340009"}).status_code == 422
    assert client.post(RECOVER_OFFER, {"phone": "097-534-0001"}).url == NUMBER
    assert logged_in_as(client) is None
    assert patron.number in text(client.get(NUMBER))
    client.post(NUMBER, FIELDS)
    assert log_in(Client(), patron.number, NEW).url == MENU
    assert IdentityLink.objects.get().patron == patron


@pytest.mark.parametrize(
    ("purpose", "address", "start"),
    [("login", RECOVER_OFFER, RESET), ("recover", LOGIN_OFFER, LOGIN)],
)
def test_offer_of_one_purpose_is_refused_at_the_others_address(
    client, identity_service, purpose, address, start
):
    counter_patron()
    identity_service.sign_in(client, purpose=purpose)
    for answer in (client.get(address), client.post(address)):
        assert answer.url.startswith(start)
    assert not IdentityLink.objects.exists()
    assert logged_in_as(client) is None
    assert client.get(NUMBER).url == RESET


def test_unknown_card_is_told_the_ways_on(read):
    assert read("beppu").url == NOT_FOUND


@pytest.mark.parametrize(
    ("how", "title"),
    [("cancel", "本人確認を中止しました"), ("token_500", "本人確認サービスに接続できません")],
)
def test_interrupted_recovery_comes_back_to_its_page(client, identity_service, how, title):
    address = identity_service.start(client, {"purpose": "recover"})
    back = (
        identity_service.cancel(address)
        if how == "cancel"
        else identity_service.approve(address, fault=how)
    )
    response = client.get(follow(client, back).url)
    assert heading(response) == "パスワードを忘れた方"
    assert title in text(response)


def test_interrupted_recovery_keeps_the_query_of_its_page(client, identity_service):
    data = {"purpose": "recover", "next": f"{RESET}?interrupted=expired&a=1#b"}
    back = identity_service.cancel(identity_service.start(client, data))
    assert follow(client, back).url == f"{RESET}?a=1&interrupted=cancelled#b"


def test_answer_that_arrives_twice_leads_to_the_number(client, identity_service, forgetful):
    back = identity_service.approve(identity_service.start(client, {"purpose": "recover"}))
    assert [follow(client, back).url, follow(client, back).url] == [NUMBER] * 2
    assert client.post(NUMBER, FIELDS).url == MENU
    assert follow(client, back).url == MENU


@pytest.mark.parametrize("changes", [{}, {"address": OTHER_ADDRESS, "phone": TYPED["phone"]}])
def test_applicant_who_has_a_card_of_the_counter_recovers_the_number(
    client, identity_service, read, changes
):
    patron = counter_patron(**changes)
    identity_service.sign_in(client)
    assert client.post(FORM, TYPED).url == RESULT
    response = client.get(RESULT)
    assert heading(response) == "すでに登録されている可能性があります"
    page = text(response)
    assert "マイナンバーカードで番号を確認する</button>" in page
    assert "3開館日以内" not in page
    assert patron.number not in page
    assert identity_service.issuer in response["Content-Security-Policy"]
    assert client.get(NUMBER).url == RECOVER_OFFER
    assert read(next=RESULT).url == RECOVER_OFFER
    client.post(RECOVER_OFFER, {"phone": patron.phone})
    assert patron.number in text(client.get(NUMBER))
    assert Patron.objects.count() == 1


def test_cancelled_recovery_comes_back_to_the_refused_registration(client, identity_service):
    counter_patron()
    identity_service.sign_in(client)
    client.post(FORM, TYPED)
    address = identity_service.start(client, {"purpose": "recover", "next": RESULT})
    response = client.get(follow(client, identity_service.cancel(address)).url)
    assert heading(response) == "すでに登録されている可能性があります"
    assert "本人確認を中止しました" in text(response)


@pytest.mark.parametrize(
    "changes",
    [{"address": OTHER_ADDRESS}, {"address": "", "phone": ""}],
    ids=["another address and phone", "neither"],
)
def test_weaker_match_goes_to_the_staff(client, identity_service, changes):
    counter_patron(**changes)
    identity_service.sign_in(client)
    assert client.post(FORM, TYPED).url == RESULT
    page = text(client.get(RESULT))
    assert "3開館日以内にお知らせします" in page
    assert "マイナンバーカードで番号を確認する" not in page


def test_patron_registered_meanwhile_at_the_counter_is_noticed_at_the_confirmation(
    client, identity_service
):
    identity_service.sign_in(client)
    assert client.post(FORM, TYPED).url == CONFIRM
    counter_patron()
    assert client.post(CONFIRM).url == RESULT
    assert "マイナンバーカードで番号を確認する" in text(client.get(RESULT))


def test_form_names_the_ways_for_those_who_have_a_card(client):
    page = text(client.get(FORM))
    assert "すでに図書等貸出券をお持ちの方は、この登録は不要です。" in page
    assert f'<a href="{LOGIN}">マイナンバーカードでMyライブラリにログイン</a>' in page
    assert f'<a href="{RESET}">パスワードを忘れた方</a>' in page


def test_expired_offers_are_deleted_every_ten_minutes(client, read):
    from procrastinate.contrib.django import app

    counter_patron()
    read()
    counter_patron("beppu")
    read("beppu", Client())
    LinkOffer.objects.filter(pk=session_offer(client)).update(expires_at=timezone.now())
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[delete_expired.name] == "*/10 * * * *"
    assert delete_expired.func(timestamp=0)["offers"] == 1
    assert LinkOffer.objects.count() == 1


def session_offer(client: Client) -> str:
    return client.session[session.LINK_OFFER]
