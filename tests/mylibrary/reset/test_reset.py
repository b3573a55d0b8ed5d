"""The link to a new password: for one number, once, for half an hour."""

import re
from collections import Counter
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.test import Client
from django.utils import timezone

from accounts import throttle
from accounts.models import Session
from mylibrary.reset.models import RESET_LASTS, ResetRequest
from notices.models import Notice
from oita_library.logs import JsonFormatter
from patrons.models import Patron
from tests.mylibrary.conftest import CHOOSE, LOGIN, MENU, PASSWORD
from tests.mylibrary.mails import (
    DONE,
    NEW_PASSWORD,
    RESET,
    RESET_LINK,
    ask,
    confirmed,
    key_of,
    link_in,
    mails,
)
from tests.mylibrary.mynumber.cards import heading, logged_in_as
from tests.patrons.people import imported_patron, set_own_password
from tests.patrons.test_parallel import together
from tests.registration.support import text

pytestmark = pytest.mark.django_db
MAILBOX = "oita@oita.co.jp"
NEW = "blue-mountain-river"
FIELDS = {"new_password": NEW, "new_password_again": NEW}


@pytest.fixture
def forgetful(member) -> Patron:
    """大分 太郎, whose address is confirmed and who has forgotten the password."""
    return confirmed(member)


@pytest.fixture
def link(client, forgetful) -> str:
    """The link that came to the confirmed address."""
    ask(Client(), forgetful.number, MAILBOX)
    return link_in(mails("password_reset")[0])


def opened(link: str, client: Client | None = None) -> Client:
    """Return a browser in which a link was opened."""
    client = client or Client()
    answered = client.get(link)
    assert (answered.status_code, answered.url) == (302, NEW_PASSWORD)
    return client


def over(link: str) -> bool:
    answered = Client().get(link)
    return answered.status_code == 410 and heading(answered) == "このリンクは使えません"


def password_is(patron: Patron, password: str) -> bool:
    return Patron.objects.get(pk=patron.pk).user.check_password(password)


def test_link_leads_to_a_new_password_and_from_there_to_the_login(link, forgetful, log_in):
    browser = opened(link)
    page = browser.get(NEW_PASSWORD)
    assert heading(page) == "新しいパスワードを決める"
    assert "今のパスワード</label>" not in text(page)
    assert browser.post(NEW_PASSWORD, FIELDS).url == DONE
    assert heading(browser.get(DONE)) == "パスワードを変更しました"
    assert logged_in_as(browser) is None
    assert log_in(Client(), forgetful.number, PASSWORD).status_code == 422
    assert log_in(browser, forgetful.number, NEW).url == MENU


def test_mail_names_nobody_and_is_in_no_inbox(link, forgetful):
    (mail,) = mails("password_reset")
    assert mail.patron is None
    assert mail.recipient == MAILBOX
    assert mail.subject == "【大分市民図書館】パスワードの再設定"
    assert re.search(r"\d+年\d+月\d+日 \d+時\d\d分まで、1回だけ使えます", mail.body)
    for personal in (forgetful.number, forgetful.name, "太郎", forgetful.birth_date, MAILBOX):
        assert personal not in mail.body


def test_no_page_on_the_way_shows_whose_password_it_is(link, forgetful):
    browser = opened(link)
    pages = [
        browser.get(NEW_PASSWORD),
        browser.post(NEW_PASSWORD, FIELDS | {"new_password_again": "other"}),
        browser.post(NEW_PASSWORD, FIELDS, follow=True),
    ]
    for page in pages:
        for secret in (forgetful.number, forgetful.name, "太郎", MAILBOX):
            assert secret not in text(page)
        assert "no-store" in page["Cache-Control"]


def test_patron_is_told_and_every_session_ends(link, forgetful, log_in):
    elsewhere = Client()
    log_in(elsewhere, forgetful.number)
    opened(link).post(NEW_PASSWORD, FIELDS)
    assert elsewhere.get(MENU).url.startswith(LOGIN)
    notice = Notice.objects.get(kind="security")
    assert (notice.patron, notice.recipient) == (forgetful, MAILBOX)
    assert "パスワードが変更されました" in notice.subject


def test_throttled_number_is_free_after_the_reset(link, forgetful, log_in):
    for _ in range(throttle.ACCOUNT.burst):
        log_in(Client(), forgetful.number, "wrong-password")
    assert log_in(Client(), forgetful.number, PASSWORD).status_code == 429
    opened(link).post(NEW_PASSWORD, FIELDS)
    assert log_in(Client(), forgetful.number, NEW).status_code == 302


def test_opening_the_link_uses_nothing_up(link, forgetful):
    for _ in range(3):
        opened(link)
        Client().head(link)
    assert password_is(forgetful, PASSWORD)
    assert opened(link).post(NEW_PASSWORD, FIELDS).url == DONE


def test_key_leaves_the_address_and_goes_nowhere_else(link):
    browser = Client()
    answered = browser.get(link)
    assert answered["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answered["Cache-Control"]
    assert key_of(link) not in text(browser.get(NEW_PASSWORD))
    assert Client().get(f"{RESET_LINK}?key=x")["Referrer-Policy"] == "no-referrer"


def test_link_works_once(link, forgetful):
    earlier = opened(link)
    opened(link).post(NEW_PASSWORD, FIELDS)
    assert over(link)
    for answered in (
        earlier.post(NEW_PASSWORD, {"new_password": "x" * 9, "new_password_again": "x" * 9}),
        opened_before(link).post(NEW_PASSWORD, FIELDS),
    ):
        assert answered.status_code in (302, 410)
    assert password_is(forgetful, NEW)


def opened_before(link: str) -> Client:
    """Return a browser that kept the key of a link, whatever became of it."""
    browser = Client()
    session = browser.session
    session["mylibrary_reset_key"] = key_of(link)
    session.save()
    browser.cookies = SimpleCookie({"sessionid": session.session_key})
    return browser


def test_link_ends_after_half_an_hour(link, forgetful):
    assert timedelta(minutes=30) == RESET_LASTS
    browser = opened(link)
    ResetRequest.objects.update(expires_at=timezone.now())
    assert over(link)
    answered = browser.post(NEW_PASSWORD, FIELDS)
    assert answered.status_code == 410
    assert f'href="{RESET}"' in text(answered)
    assert browser.get(NEW_PASSWORD).url == RESET
    assert password_is(forgetful, PASSWORD)


def test_link_is_dead_after_any_other_new_password(link, forgetful, log_in):
    browser = opened(link)
    home = Client()
    log_in(home, forgetful.number)
    chosen = {"password": PASSWORD, "new_password": "c" * 9, "new_password_again": "c" * 9}
    assert home.post(CHOOSE, chosen).status_code == 302
    assert over(link)
    assert browser.post(NEW_PASSWORD, FIELDS).status_code == 410
    assert password_is(forgetful, "c" * 9)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "other@example.jp", "email_key": "other@example.jp"},
        {"email": "other@example.jp", "confirmed_email": "other@example.jp"},
        {"confirmed_email": ""},
        {"withdrawn_at": timezone.now()},
    ],
    ids=["another address", "another confirmed address", "no longer confirmed", "withdrawn"],
)
def test_link_is_dead_after_another_turn_of_the_record(link, forgetful, changes):
    browser = opened(link)
    Patron.objects.update(**changes)
    assert over(link)
    assert browser.post(NEW_PASSWORD, FIELDS).status_code == 410
    assert password_is(forgetful, PASSWORD)


def test_link_of_a_closed_login_is_dead(link, forgetful):
    forgetful.user.is_active = False
    forgetful.user.save()
    assert over(link)


def test_one_of_several_links_kills_the_others(link, forgetful):
    ask(Client(), forgetful.number, MAILBOX)
    second = link_in(mails("password_reset")[0])
    assert second != link
    opened(link).post(NEW_PASSWORD, FIELDS)
    assert over(second)


def test_no_changed_key_opens_anything(link):
    key = key_of(link)
    other = "0" if key[-1] != "0" else "1"
    for wrong in (
        "", "x", key[:-1], key + "0", key[:-1] + other, "0" * 64, "あ" * 64, "\x00" * 64,
        "-" * 64, key.upper(), key[:32] + "é" * 32, "9" * 100_000,
    ):  # fmt: skip
        assert over(f"{RESET_LINK}?key={wrong}"), wrong
    assert Client().get(NEW_PASSWORD).url == RESET
    opened(link)


def test_keys_of_one_purpose_open_nothing_of_another(link, at_home, forgetful):
    confirm = "/mylibrary/profile/email/confirm/"
    assert at_home.get(confirm, {"key": key_of(link)}).status_code == 410
    assert Client().get("/registration/review/", {"key": key_of(link)}).status_code == 410


def test_link_outlives_a_change_of_the_secret_key(link, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key, just as long as the one before it was"
    opened(link)
    settings.SECRET_KEY_FALLBACKS = []
    assert over(link)


def test_session_of_before_does_not_learn_the_key(link):
    """A session that somebody planted in the browser is not the one that may set a password."""
    victim = Client()
    victim.get(f"{RESET}")
    session = victim.session
    session["anything"] = 1
    session.save()
    planted = session.session_key
    victim.cookies = SimpleCookie({"sessionid": planted})
    opened(link, victim)
    assert victim.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()
    assert victim.get(NEW_PASSWORD).status_code == 200


def test_whoever_is_logged_in_stays_so(link, log_in):
    parent = imported_patron(email=MAILBOX)
    set_own_password(patron=parent, password=PASSWORD)
    browser = Client()
    log_in(browser, parent.number)
    opened(link, browser)
    assert browser.post(NEW_PASSWORD, FIELDS).url == DONE
    assert logged_in_as(browser) == parent.number
    assert browser.get(MENU).status_code == 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "新しいパスワードを入力してください"),
        ({"new_password": "short7!", "new_password_again": "short7!"}, "8文字以上"),
        ({"new_password": "20130720", "new_password_again": "20130720"}, "生年月日は使えません"),
        ({"new_password": NEW, "new_password_again": "other"}, "上と同じパスワード"),
    ],
)
def test_unfit_password_is_refused_and_can_be_chosen_again(link, forgetful, fields, message):
    browser = opened(link)
    page = browser.post(NEW_PASSWORD, fields)
    assert page.status_code == 422
    assert message in text(page)
    assert "<title>エラー：" in text(page)
    assert browser.post(NEW_PASSWORD, FIELDS).url == DONE


def test_forms_need_the_pages_token(link):
    strict = Client(enforce_csrf_checks=True)
    opened(link, strict)
    assert strict.post(NEW_PASSWORD, FIELDS).status_code == 403
    assert strict.post(RESET, {"number": "1", "email": MAILBOX}).status_code == 403


def test_patron_without_a_password_of_their_own_sets_the_first(patron, log_in):
    confirmed(patron)
    ask(Client(), patron.number, MAILBOX)
    link = link_in(mails("password_reset")[0])
    assert opened(link).post(NEW_PASSWORD, FIELDS).url == DONE
    patron.refresh_from_db()
    assert patron.first_login_until is None
    assert log_in(Client(), patron.number, NEW).url == MENU


@pytest.mark.django_db(transaction=True)
def test_several_links_used_at_once_set_one_password(forgetful):
    links = []
    for _ in range(3):
        ask(Client(), forgetful.number, MAILBOX)
        links.append(link_in(mails("password_reset")[0]))
    browsers = [opened(link) for link in [*links, *links]]

    def use(number):
        password = f"blue-mountain-{number}"
        fields = {"new_password": password, "new_password_again": password}
        return browsers[number].post(NEW_PASSWORD, fields).status_code

    outcome = together([lambda number=number: use(number) for number in range(len(browsers))])
    assert Counter(outcome) == {302: 1, 410: len(browsers) - 1}
    assert password_is(forgetful, f"blue-mountain-{outcome.index(302)}")
    assert len(mails("security")) == 1


def test_mailbox_of_a_family_gets_a_link_for_each_number_and_no_list(forgetful, log_in):
    sister = imported_patron(email=MAILBOX, confirmed_email=MAILBOX)
    set_own_password(patron=sister, password=PASSWORD)
    ask(Client(), sister.number, MAILBOX)
    ask(Client(), forgetful.number, MAILBOX)
    brothers, sisters = map(link_in, mails("password_reset"))
    opened(sisters).post(NEW_PASSWORD, FIELDS)
    assert password_is(sister, NEW)
    assert password_is(forgetful, PASSWORD)
    opened(brothers).post(NEW_PASSWORD, FIELDS)
    assert password_is(forgetful, NEW)
    for mail in Notice.objects.all():
        assert sister.number not in mail.body
        assert forgetful.number not in mail.body


def test_no_log_has_key_number_address_or_password(caplog, forgetful):
    ask(Client(), forgetful.number, MAILBOX)
    link = link_in(mails("password_reset")[0])
    opened(link).post(NEW_PASSWORD, FIELDS)
    over(link)
    logged = "\n".join(map(JsonFormatter().format, caplog.records))
    assert "mylibrary.tasks.answer_reset_request" in logged
    for secret in (key_of(link), key_of(link)[32:], forgetful.number, MAILBOX, NEW):
        assert secret not in logged
