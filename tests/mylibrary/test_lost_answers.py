"""Each step of My Library once more with the cookies of before: its first answer was lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client

from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import ErasureRequest
from patrons.models import IdentityLink, Patron
from tests.accounts.authenticator import Authenticator
from tests.identity import follow
from tests.lost_answers import copied, lose
from tests.mylibrary.conftest import (
    CHOOSE,
    EDIT,
    ERASE,
    LOGIN,
    MAIL_SETTINGS,
    MENU,
    PASSWORD,
    PRIVACY,
    PROFILE,
    SESSIONS,
)
from tests.mylibrary.mails import (
    CONFIRM,
    CONTACT,
    DONE,
    NEW_PASSWORD,
    RESET,
    SENT,
    ask,
    confirmed,
    edit,
    key_of,
    link_in,
    mails,
)
from tests.mylibrary.mynumber.cards import (
    LOGIN_OFFER,
    NUMBER,
    counter_patron,
    linked_patron,
    logged_in_as,
)
from tests.mylibrary.passkeys import passkeys
from tests.patrons.people import set_own_password
from tests.registration.support import (
    FORM,
    RESULT,
    TARO,
    entered,
    hidden_fields,
    registered,
    text,
)

pytestmark = pytest.mark.django_db
NEW = "blue-mountain-river"
FIELDS = {"new_password": NEW, "new_password_again": NEW}
ADDRESS = "taro@example.jp"
DRAFT = "大分\u3000次郎"


@dataclass
class Stage:
    """A browser in which a patron with an own password is logged in."""

    browser: Client
    patron: Patron


def send(path: str, **fields: str) -> Callable[[Stage], Callable[[Client], Any]]:
    return lambda stage: lambda browser: browser.post(path, fields)


def edit_contact(stage):
    shown = hidden_fields(text(stage.browser.get(EDIT)))
    return lambda browser: browser.post(EDIT, shown | CONTACT | {"phone": "0975340001"})


def confirm_address(stage):
    confirmed(stage.patron)
    edit(stage.browser, CONTACT | {"email": ADDRESS})
    key = key_of(link_in(mails("email_confirmation")[0]))
    return lambda browser: browser.post(CONFIRM, {"key": key})


def end_others(stage):
    return lambda browser: browser.post(f"{SESSIONS}end-others/")


# What is done, where its second answer leads, and what is true then.
STEPS: dict[str, tuple[Callable, str, Callable[[Stage], bool]]] = {
    "contact": (edit_contact, PROFILE, lambda s: Patron.objects.get().phone == "0975340001"),
    "address": (confirm_address, PROFILE, lambda s: Patron.objects.get().email == ADDRESS),
    "kana": (
        send("/mylibrary/profile/kana/", last_name_kana="オオイ", first_name_kana="タロウ"),
        PROFILE,
        lambda s: KanaRequest.objects.count() == 1,
    ),
    "mails": (send(MAIL_SETTINGS), MAIL_SETTINGS, lambda s: True),
    "erasure": (
        send(ERASE, password=PASSWORD),
        PRIVACY,
        lambda s: ErasureRequest.objects.count() == 1,
    ),
    "others out": (end_others, SESSIONS, lambda s: True),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_done_twice_ends_as_if_done_once(at_home, member, step):
    prepare, end, holds = STEPS[step]
    stage = Stage(at_home, member)
    act = prepare(stage)
    assert lose(at_home, act).status_code == 302
    answer = act(at_home)
    assert (answer.status_code, answer.url) == (302, end)
    assert at_home.get(end).status_code == 200
    assert holds(stage)


def test_what_was_done_is_said_after_all(at_home, member):
    act = confirm_address(Stage(at_home, member))
    lose(at_home, act)
    act(at_home)
    assert "E-mailを変更しました" in text(at_home.get(PROFILE))


@pytest.fixture
def with_draft(client, member) -> Client:
    """A browser with somebody's registration up to the confirmation."""
    entered(client, replace(TARO, subject="begun", name=DRAFT, birth_date="20180101"))
    return client


def has_draft(browser: Client) -> bool:
    return DRAFT.split("\u3000")[1] in text(browser.get(FORM))


def test_a_registration_outlives_the_lost_answer_of_a_login(with_draft, member, log_in):
    answer = lose(with_draft, lambda browser: log_in(browser, member.number))
    assert answer.url == MENU
    assert has_draft(with_draft)
    assert with_draft.get(MENU).url == f"{LOGIN}?next={MENU}"
    assert log_in(with_draft, member.number).url == MENU
    assert logged_in_as(with_draft) == member.number
    assert has_draft(with_draft)


def test_the_key_of_before_a_login_reads_what_it_read_and_no_login(with_draft, member, log_in):
    before = copied(with_draft)
    log_in(with_draft, member.number)
    assert has_draft(before)
    assert before.get(PROFILE).status_code == 302
    assert logged_in_as(with_draft) == member.number
    with_draft.get(MENU)
    assert not has_draft(before)


def test_what_is_typed_under_a_key_of_before_is_not_shown_to_it(with_draft, member, log_in):
    """The key may be somebody else's who planted it: from the next visit on it is a dead one."""
    planted = copied(with_draft)
    lose(with_draft, lambda browser: log_in(browser, member.number))
    assert has_draft(with_draft)
    with_draft.post("/myna/start/", {"purpose": "registration", "phone": "0975999999"})
    assert "0975999999" in text(with_draft.get(FORM))
    assert not has_draft(planted)


def test_a_registration_outlives_the_lost_answer_of_a_password_change(with_draft, member, log_in):
    log_in(with_draft, member.number)
    answer = lose(with_draft, lambda browser: browser.post(CHOOSE, FIELDS | {"password": PASSWORD}))
    assert answer.url == MENU
    assert has_draft(with_draft)
    assert with_draft.post(CHOOSE, FIELDS).url.startswith(LOGIN)
    assert log_in(with_draft, member.number, NEW).url == MENU
    assert has_draft(with_draft)


def test_a_result_outlives_the_lost_answer_of_a_login(client, log_in):
    patron = registered(client).patron
    set_own_password(patron=patron, password=PASSWORD)
    lose(client, lambda browser: log_in(browser, patron.number))
    assert patron.number in text(client.get(RESULT))


def test_a_link_to_a_new_password_can_be_opened_and_sent_again(with_draft, member):
    confirmed(member)
    ask(Client(), member.number, member.email)
    link = link_in(mails("password_reset")[0])
    assert lose(with_draft, lambda browser: browser.get(link)).url == NEW_PASSWORD
    assert with_draft.get(link).url == NEW_PASSWORD
    assert has_draft(with_draft)
    assert lose(with_draft, lambda browser: browser.post(NEW_PASSWORD, FIELDS)).url == DONE
    assert with_draft.post(NEW_PASSWORD, FIELDS).url == DONE
    assert with_draft.get(DONE).status_code == 200
    assert with_draft.get(NEW_PASSWORD).url == RESET
    assert Patron.objects.get(pk=member.pk).user.check_password(NEW)


def test_a_mail_asked_for_twice_is_one_page(client, member):
    fields = {"number": member.number, "email": member.email}
    assert lose(client, lambda browser: browser.post(RESET, fields)).url == SENT
    assert client.post(RESET, fields).url == SENT


def test_a_logout_can_be_pressed_again(at_home):
    for _ in range(2):
        answer = lose(at_home, lambda browser: browser.post("/mylibrary/logout/"))
        assert "ログアウトしました" in text(answer)
    assert at_home.get(PROFILE).status_code == 302


def test_a_passkey_that_was_added_unheard_is_there(at_home):
    lose(at_home, lambda browser: passkeys.add(browser, Authenticator()))
    assert "iPhone" in text(at_home.get(passkeys.PASSKEYS))
    authenticator = Authenticator()
    assert passkeys.add(at_home, authenticator, "iPad").status_code == 200
    at_home.post("/mylibrary/logout/")
    assert lose(at_home, lambda browser: passkeys.log_in(browser, authenticator)).status_code == 200
    assert passkeys.log_in(at_home, authenticator).status_code == 200
    assert logged_in_as(at_home)


def come_back(service: Any, client: Client, **start: str) -> Any:
    """Lose the answer of the callback and return what the browser gets when it comes again."""
    way_back = service.approve(service.start(client, start))
    first = lose(client, lambda browser: follow(browser, way_back))
    again = follow(client, way_back)
    assert again.url == first.url
    return again


def test_a_login_by_card_is_taken_up(client, identity_service):
    patron = linked_patron(identity_service)
    assert come_back(identity_service, client, purpose="login", next=PROFILE).url == PROFILE
    assert logged_in_as(client) == patron.number
    assert "パスワードが、まだ決められていません" in text(client.get(PROFILE))


def test_a_login_by_card_that_was_ended_meanwhile_is_not_taken_up(client, identity_service):
    linked_patron(identity_service)
    way_back = identity_service.approve(identity_service.start(client, {"purpose": "login"}))
    lose(client, lambda browser: follow(browser, way_back))
    elsewhere = Client()
    identity_service.sign_in(elsewhere, purpose="login")
    elsewhere.post(f"{SESSIONS}end-all/")
    assert follow(client, way_back).status_code == 400
    assert logged_in_as(client) is None


def test_the_number_by_card_is_shown_after_all(client, identity_service):
    patron = linked_patron(identity_service)
    assert come_back(identity_service, client, purpose="recover").url == NUMBER
    assert patron.number in text(client.get(NUMBER))
    assert logged_in_as(client) is None
    assert lose(client, lambda browser: browser.post(NUMBER, FIELDS)).url == MENU
    assert client.post(NUMBER, FIELDS).url == RESET
    assert Patron.objects.get().user.check_password(NEW)


def test_a_link_is_told_of_and_the_login_goes_on(client, identity_service, log_in):
    patron = counter_patron()
    set_own_password(patron=patron, password=PASSWORD)
    log_in(client, patron.number)
    assert come_back(identity_service, client, purpose="link").url == PROFILE
    assert logged_in_as(client) == patron.number
    assert "マイナンバーカードと連携しました" in text(client.get(PROFILE))
    assert IdentityLink.objects.count() == 1


def test_a_move_is_told_of_and_the_login_goes_on(client, identity_service, log_in):
    patron = linked_patron(identity_service, address="大分県大分市荷揚町2番31号")
    set_own_password(patron=patron, password=PASSWORD)
    log_in(client, patron.number)
    come_back(identity_service, client, purpose="refresh")
    assert "住所を更新しました" in text(client.get("/mylibrary/profile/moved/"))


def test_an_offer_taken_unheard_leaves_a_card_that_logs_in(client, identity_service):
    patron = counter_patron()
    assert come_back(identity_service, client, purpose="login").url == LOGIN_OFFER
    fields = hidden_fields(text(client.get(LOGIN_OFFER)))
    assert lose(client, lambda browser: browser.post(LOGIN_OFFER, fields)).url == MENU
    assert client.post(LOGIN_OFFER, fields).url.startswith(LOGIN)
    identity_service.sign_in(client, purpose="login")
    assert logged_in_as(client) == patron.number


def test_an_unknown_card_is_told_so_again(client, identity_service):
    assert come_back(identity_service, client, purpose="login").url == "/mylibrary/login/not-found/"
