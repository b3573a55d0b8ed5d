"""パスキーでログイン: whom it lets in, and that a refusal tells nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import throttle
from accounts.models import LoginBucket, Passkey, Session
from accounts.relying_party import OPEN_CHALLENGES
from accounts.scripts import LATE
from audit.enums import Event
from audit.models import Record
from mylibrary.passkeys.views import NOT_LOGGED_IN
from mylibrary.signin.authentication import CHOOSE_ONE
from patrons.models import Patron
from tests.accounts.authenticator import UNLOCKED, USER_PRESENT, Authenticator, es256
from tests.accounts.leaking import tries
from tests.mylibrary.conftest import CARD, LOGIN, MENU, PASSWORD
from tests.mylibrary.mynumber.cards import linked_patron, logged_in_as
from tests.mylibrary.passkeys.passkeys import (
    LOGIN_FINISH,
    LOGIN_OPTIONS,
    OPTIONS,
    PASSKEYS,
    add,
    asked_for,
    log_in,
    send,
)
from tests.patrons.people import imported_patron, set_own_password


@pytest.fixture
def authenticator(at_home) -> Authenticator:
    """The device of 大分 太郎, with a passkey."""
    made = Authenticator()
    assert add(at_home, made).status_code == 200
    return made


def refused(answer, message=NOT_LOGGED_IN):
    return (answer.status_code, answer.json()) == (422, {"message": message})


def test_passkey_logs_in_without_a_number(member, authenticator):
    browser = Client()
    answer = log_in(browser, authenticator)
    assert (answer.status_code, answer.json()) == (200, {"next": MENU})
    assert logged_in_as(browser) == member.number
    assert browser.get(MENU).status_code == 200
    assert "no-store" in answer["Cache-Control"]
    passkey = Passkey.objects.get()
    assert timezone.now() - passkey.last_used_at < timedelta(minutes=1)
    assert "まだ使っていません" not in browser.get(PASSKEYS).content.decode()


def test_session_is_new_and_of_the_patron_alone(member, authenticator):
    other = imported_patron()
    set_own_password(patron=other, password=PASSWORD)
    browser = Client()
    browser.post(LOGIN, {"username": other.number, "password": PASSWORD})
    stored = browser.session
    stored["thing"] = 1
    stored.save()
    before = stored.session_key
    log_in(browser, authenticator)
    assert browser.session.session_key != before
    assert "thing" not in browser.session
    assert not Session.objects.filter(pk=before).exists()
    assert logged_in_as(browser) == member.number


def test_browser_is_remembered(member, authenticator):
    browser = Client()
    log_in(browser, authenticator)
    browser.post("/mylibrary/logout/")
    for _ in range(throttle.ACCOUNT.burst + 1):
        Client().post(LOGIN, {"username": member.number, "password": "wrong-password"})
    typed = {"username": member.number, "password": PASSWORD}
    assert Client().post(LOGIN, typed).status_code == 429
    assert browser.post(LOGIN, typed).status_code == 302


def test_login_goes_on_to_the_page_asked_for(authenticator):
    assert log_in(Client(), authenticator, next=CARD).json() == {"next": CARD}


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "card/"],
)
def test_login_never_leads_to_another_site(authenticator, address):
    assert log_in(Client(), authenticator, next=address).json() == {"next": MENU}


def test_patron_by_card_adds_a_passkey_and_need_not_choose_a_password(db, client, identity_service):
    patron = linked_patron(identity_service)
    identity_service.sign_in(client, purpose="login")
    device = Authenticator()
    assert add(client, device).status_code == 200
    browser = Client()
    assert log_in(browser, device, next=CARD).json() == {"next": CARD}
    assert logged_in_as(browser) == patron.number
    assert str(CHOOSE_ONE) in browser.get(MENU).content.decode()


def test_every_refusal_says_the_same(member, authenticator):
    unknown = Authenticator(user_handle=authenticator.user_handle)
    assert refused(log_in(Client(), unknown))
    right = authenticator.key
    authenticator.key = es256()
    assert refused(log_in(Client(), authenticator))
    authenticator.key = right
    authenticator.flags = USER_PRESENT
    assert refused(log_in(Client(), authenticator))
    authenticator.flags = UNLOCKED
    for changes in ({"origin": "https://evil.example"}, {"rp_id": "evil.example"}):
        kept = {name: getattr(authenticator, name) for name in changes}
        vars(authenticator).update(changes)
        assert refused(log_in(Client(), authenticator))
        vars(authenticator).update(kept)
    Patron.objects.update(withdrawn_at=timezone.now())
    assert refused(log_in(Client(), authenticator))
    Patron.objects.update(withdrawn_at=None)
    member.user.is_active = False
    member.user.save(update_fields=["is_active"])
    assert refused(log_in(Client(), authenticator))
    for way_on in ("番号とパスワード", "マイナンバーカード", "窓口"):
        assert way_on in NOT_LOGGED_IN


def test_refused_use_is_not_noted(authenticator):
    authenticator.sign_count = 7
    Patron.objects.update(withdrawn_at=timezone.now())
    log_in(Client(), authenticator)
    passkey = Passkey.objects.get()
    assert (passkey.sign_count, passkey.last_used_at) == (0, None)


def test_staff_are_no_patrons(django_user_model, authenticator):
    member_of_staff = django_user_model.objects.create_superuser("librarian", PASSWORD)
    Passkey.objects.update(user=member_of_staff)
    member_of_staff.passkey_handle = b"s" * 32
    member_of_staff.save()
    authenticator.user_handle = b"s" * 32
    browser = Client()
    assert refused(log_in(browser, authenticator))
    assert logged_in_as(browser) is None


def test_removed_passkey_logs_nobody_in(at_home, authenticator):
    at_home.post(f"{PASSKEYS}{Passkey.objects.get().pk}/remove/")
    assert refused(log_in(Client(), authenticator))


def test_a_response_counts_once_even_when_it_failed(authenticator):
    browser = Client()
    response = authenticator.get(asked_for(browser, LOGIN_OPTIONS))
    spoilt = response | {"response": response["response"] | {"signature": "AAAA"}}
    assert refused(send(browser, LOGIN_FINISH, {"response": spoilt}))
    assert refused(send(browser, LOGIN_FINISH, {"response": response}), LATE)


def test_a_replayed_response_logs_nobody_in(authenticator):
    browser = Client()
    response = authenticator.get(asked_for(browser, LOGIN_OPTIONS))
    assert send(browser, LOGIN_FINISH, {"response": response}).status_code == 200
    browser.post("/mylibrary/logout/")
    assert refused(send(browser, LOGIN_FINISH, {"response": response}), LATE)
    assert refused(send(Client(), LOGIN_FINISH, {"response": response}), LATE)


def test_a_response_counts_only_in_the_browser_that_asked(authenticator):
    response = authenticator.get(asked_for(Client(), LOGIN_OPTIONS))
    assert refused(send(Client(), LOGIN_FINISH, {"response": response}), LATE)
    other = Client()
    asked_for(other, LOGIN_OPTIONS)
    assert refused(send(other, LOGIN_FINISH, {"response": response}), LATE)


def test_a_challenge_ends_after_some_minutes(authenticator):
    browser = Client()
    response = authenticator.get(asked_for(browser, LOGIN_OPTIONS))
    stored = browser.session
    key = "accounts_challenges_login"
    stored[key] = [[challenge, until - 301] for challenge, until in stored[key]]
    stored.save()
    assert refused(send(browser, LOGIN_FINISH, {"response": response}), LATE)


def test_several_tabs_wait_each_for_its_own_response(authenticator):
    browser = Client()
    asked = [asked_for(browser, LOGIN_OPTIONS) for _ in range(OPEN_CHALLENGES + 1)]
    first, second, *_ = (authenticator.get(options) for options in asked)
    assert refused(send(browser, LOGIN_FINISH, {"response": first}), LATE)
    assert send(browser, LOGIN_FINISH, {"response": second}).status_code == 200


def test_registering_challenge_logs_nobody_in(at_home, authenticator):
    options = asked_for(at_home, OPTIONS, name="x")
    response = authenticator.get(options)
    assert refused(send(at_home, LOGIN_FINISH, {"response": response}), LATE)


def test_address_is_throttled_and_told_how_long(authenticator):
    browser = Client()
    for _ in tries(throttle.LOGINS.address.burst):
        assert send(browser, LOGIN_FINISH, {"response": {}}).status_code == 422
    answer = log_in(browser, authenticator)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 5
    assert "秒ほど待ってから" in answer.json()["message"]
    assert log_in(Client(REMOTE_ADDR="203.0.113.9"), authenticator).status_code == 200


def test_success_costs_an_address_nothing(authenticator):
    LoginBucket.objects.all().delete()
    browser = Client()
    for _ in range(3):
        assert log_in(browser, authenticator).status_code == 200
    for cookies in ({}, {name: cookie.value for name, cookie in browser.cookies.items()}):
        request = RequestFactory().post("/")
        request.COOKIES = cookies
        keys = [found.key for found in throttle.visitor_buckets(request, kind="passkey")]
        rows = LoginBucket.objects.filter(key__in=keys)
        assert len(rows) == len(keys)
        assert not rows.filter(free_at__gt=timezone.now()).exists()


def test_login_needs_a_post_and_the_token(db):
    strict = Client(enforce_csrf_checks=True)
    for address in (LOGIN_OPTIONS, LOGIN_FINISH):
        assert strict.get(address).status_code == 405
        assert send(strict, address, {}).status_code == 403


def test_nothing_logged_names_anybody(member, authenticator, caplog):
    log_in(Client(), Authenticator(user_handle=authenticator.user_handle))
    refused = Record.objects.get(event=Event.PASSKEY_REFUSED)
    assert (refused.reason, refused.patron_id) == ("unknown", None)
    for record in caplog.records:
        for personal in (member.number, member.name, member.email, authenticator.user_handle):
            assert str(personal) not in str(vars(record))


def test_login_costs_a_known_number_of_queries(authenticator, django_assert_max_num_queries):
    browser = Client()
    response = authenticator.get(asked_for(browser, LOGIN_OPTIONS))
    with django_assert_max_num_queries(23):
        assert send(browser, LOGIN_FINISH, {"response": response}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_responses_to_one_challenge_one_counts(authenticator):
    browser = Client()
    response = authenticator.get(asked_for(browser, LOGIN_OPTIONS))

    def one(_):
        try:
            twin = Client()
            twin.cookies["sessionid"] = browser.cookies["sessionid"].value
            return send(twin, LOGIN_FINISH, {"response": response}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, range(6)))
    assert sorted(answers) == [200, *[422] * 5]
