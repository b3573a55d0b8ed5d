"""The right birth date in a browser that did not register: one thing more, and then the login."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import LoginBucket, Session
from accounts.throttle import DEVICE_COOKIE
from audit.models import Record
from mylibrary import session
from mylibrary.first_login.asking import masked
from mylibrary.reset.services import stop_resets
from notices.delivery import deliver
from notices.models import Notice
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.first_login.services import MAIL_LASTS, MAILS_A_DAY
from patrons.models import Patron
from patrons.retention import erase_patron
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, LOGIN, MENU, PASSWORD
from tests.mylibrary.first_login.steps import (
    CONFIRM,
    OVER,
    SEND,
    code_of,
    is_logged_in,
    logs_in_with_birth_date,
    mailed_digits,
    mails,
    type_code,
    wrong,
)
from tests.mylibrary.mynumber.cards import linked_patron, logged_in_as
from tests.patrons.people import set_own_password
from tests.registration.support import RESULT, registered, text

pytestmark = pytest.mark.django_db
MANUAL_SENTENCE = (
    "はじめての端末なので、ご本人か確かめます。"
    "E-mailに送った6ケタの数字を、10分以内に入力してください。"
)


def test_birth_date_alone_logs_nobody_in(asked, patron):
    assert not is_logged_in(asked)
    assert asked.get(MENU).url == f"{LOGIN}?next={MENU}"
    patron_id, _ = asked.session[session.CONFIRMING]
    assert patron_id == patron.pk
    assert DEVICE_COOKIE not in asked.cookies


def test_page_asks_for_the_digits_and_tells_the_other_ways(asked, patron, settings):
    settings.DEFAULT_FROM_EMAIL = "図書館 <noreply@library.example>"
    page = asked.get(CONFIRM)
    html = text(page)
    assert MANUAL_SENTENCE in html
    assert "no-store" in page["Cache-Control"]
    (field,) = re.findall(r'<input[^>]* name="code"[^>]*>', html)
    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field
    assert "o•••@•••.jp" in html
    assert "noreply@library.example" in html
    assert "マイナンバーカードで確かめる" in html
    assert 'href="/counter/"' in html
    for unsaid in (patron.email, patron.name, patron.number, BIRTH_DATE):
        assert unsaid not in html


def test_mailed_digits_log_in_to_a_password_of_ones_own(asked, patron):
    before = asked.session.session_key
    assert type_code(asked, mailed_digits()).url == CHOOSE
    assert logged_in_as(asked) == patron.number
    assert asked.session.session_key != before
    assert session.CONFIRMING not in asked.session
    # From now on this browser is the person's own.
    asked.post("/mylibrary/logout/")
    assert logs_in_with_birth_date(asked, patron).url == CHOOSE


@pytest.mark.parametrize("way", ["{}", "{0[0]}{0[1]}{0[2]}-{0[4]}{0[5]}{0[6]}", "　{} "])
def test_digits_are_understood_as_people_type_them(asked, way):
    wide = mailed_digits().translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert type_code(asked, way.format(wide)).url == CHOOSE


def test_login_goes_on_to_the_page_that_was_asked_for(client, patron):
    response = logs_in_with_birth_date(client, patron, next=CARD)
    assert response.url == f"{CONFIRM}?next={quote(CARD, safe='')}"
    assert f'name="next" value="{CARD}"' in text(client.get(response.url))
    answer = type_code(client, mailed_digits(), next=CARD)
    assert answer.url.startswith(CHOOSE)
    assert "card" in answer.url


def test_wrong_digits_are_counted_and_the_fifth_ends_them(asked, patron):
    digits = mailed_digits()
    code = code_of(patron, CodeKind.MAIL)
    for left in (4, 3, 2, 1):
        answer = type_code(asked, wrong(code))
        assert answer.status_code == 422
        assert f"あと{left}回" in text(answer)
    answer = type_code(asked, wrong(code))
    assert answer.status_code == 422
    assert "使えなくなりました" in text(answer)
    assert "新しい数字を送る（あと2回）" in text(answer)
    assert type_code(asked, digits).status_code == 422
    assert not is_logged_in(asked)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "１２３４５", "\x00", "9" * 200]
)
def test_what_cannot_be_a_code_costs_no_try(asked, patron, typed):
    answer = type_code(asked, typed)
    assert answer.status_code == 422
    assert "6ケタの数字を入力してください" in text(answer)
    assert code_of(patron, CodeKind.MAIL).tries == 0


def test_digits_end_ten_minutes_after_they_were_sent(asked, patron):
    code = code_of(patron, CodeKind.MAIL)
    # The queue may be slow: the time begins with the sending.
    assert code.expires_at > timezone.now() + 2 * MAIL_LASTS
    digits = mailed_digits()
    code.refresh_from_db()
    assert code.expires_at <= timezone.now() + MAIL_LASTS
    FirstLoginCode.objects.update(expires_at=timezone.now())
    assert type_code(asked, digits).status_code == 422
    assert not is_logged_in(asked)


def test_digits_stand_nowhere_but_in_the_mail(asked, patron, caplog):
    digits = mailed_digits()
    plain = digits.replace(" ", "")
    stored = [
        *FirstLoginCode.objects.values_list("id", "kind"),
        *Notice.objects.values_list("subject", "body"),
        *ProcrastinateJob.objects.values_list("args"),
        *Session.objects.values_list("session_data"),
        *asked.session.items(),
    ]
    assert mail.outbox[-1].to == [patron.email]
    for shape in (plain, digits):
        assert shape not in str(stored)
        assert shape not in caplog.text
        assert shape not in mail.outbox[-1].subject
    for unsaid in (patron.number, patron.name, BIRTH_DATE):
        assert unsaid not in mail.outbox[-1].body
    assert Notice.objects.inbox_of(patron).filter(body__contains="数字").count() == 0


def test_three_mails_a_day_and_no_more(asked, patron):
    first = mailed_digits()
    assert asked.post(SEND).url == CONFIRM
    assert type_code(asked, first).status_code == 422  # another took its place
    asked.post(SEND)
    assert "新しい数字を送る" not in text(asked.get(CONFIRM))
    asked.post(SEND)
    logs_in_with_birth_date(Client(), patron)
    assert len(mails()) == MAILS_A_DAY == 3
    assert type_code(asked, mailed_digits()).url == CHOOSE


def test_next_day_has_mails_again(asked, patron):
    FirstLoginCode.objects.update(made_at=timezone.now() - timedelta(hours=24, seconds=1))
    FirstLoginCode.objects.update(ended_at=timezone.now())
    logs_in_with_birth_date(Client(), patron)
    assert len(mails()) == 2


def test_coming_again_sends_no_second_mail_while_the_first_is_good(asked, patron):
    logs_in_with_birth_date(Client(), patron)
    logs_in_with_birth_date(asked, patron)
    assert len(mails()) == 1


def test_page_is_calm_when_no_mail_is_left(asked, patron):
    FirstLoginCode.objects.update(ended_at=timezone.now())
    for _ in range(2):
        asked.post(SEND)
    FirstLoginCode.objects.update(ended_at=timezone.now())
    html = text(asked.get(CONFIRM))
    assert MANUAL_SENTENCE not in html
    assert "1日に3回まで" in html
    assert "マイナンバーカードで確かめる" in html


def test_without_an_address_the_other_ways_are_shown(client, stranger):
    Patron.objects.filter(pk=stranger.pk).update(email="")
    assert logs_in_with_birth_date(client, stranger).url == CONFIRM
    html = text(client.get(CONFIRM))
    assert "E-mailに数字を送れない" in html
    assert "新しい数字を送る" not in html
    assert mails() == []


def test_nothing_is_mailed_where_the_mailbox_may_be_anothers(client, patron):
    stop_resets(patron=patron)
    assert logs_in_with_birth_date(client, patron).url == CONFIRM
    client.post(SEND)
    assert mails() == []
    assert "E-mailに数字を送れない" in text(client.get(CONFIRM))


def test_a_mail_that_waited_goes_to_no_former_address(asked, patron):
    Patron.objects.filter(pk=patron.pk).update(email="taro@example.jp")
    deliver(notice_id=mails()[0].pk)
    assert mail.outbox == []


def test_wrong_birth_date_is_answered_as_ever(client, patron, log_in):
    known = log_in(client, patron.number, "20130721")
    unknown = log_in(client, "8999999", BIRTH_DATE)
    assert known.status_code == unknown.status_code == 422
    assert mails() == []
    assert session.CONFIRMING not in client.session


def test_who_has_an_own_password_is_never_asked(client, member, log_in):
    assert log_in(client, member.number).url == MENU


def test_page_is_nobodys_without_the_birth_date(client, db):
    assert client.get(CONFIRM).url == OVER
    assert client.post(CONFIRM, {"code": "123456"}).url == OVER
    assert client.post(SEND).url == OVER
    assert "ご本人の確認が終わりませんでした" in text(client.get(OVER))


def test_waiting_ends_with_its_time(asked, patron):
    digits = mailed_digits()
    stored = asked.session
    stored[session.CONFIRMING] = [patron.pk, timezone.now().timestamp() - 1]
    stored.save()
    assert type_code(asked, digits).url == OVER


def test_cancelling_forgets_who_was_to_be_confirmed(asked):
    digits = mailed_digits()
    assert asked.post(CONFIRM, {"leave": ""}).url == "/"
    assert type_code(asked, digits).url == OVER


@pytest.mark.parametrize("end", ["own password", "withdrawn", "erased", "too late"])
def test_digits_are_useless_once_the_birth_date_is(asked, patron, end):
    digits = mailed_digits()
    match end:
        case "own password":
            set_own_password(patron=patron, password=PASSWORD)
        case "withdrawn":
            Patron.objects.update(withdrawn_at=timezone.now())
        case "erased":
            erase_patron(patron_id=patron.pk)
            assert not FirstLoginCode.objects.exists()
        case "too late":
            Patron.objects.update(first_login_until=timezone.now())
    assert type_code(asked, digits).url == OVER
    assert not is_logged_in(asked)


def test_whoever_was_logged_in_is_not_any_more(at_home, stranger):
    assert logs_in_with_birth_date(at_home, stranger).url == CONFIRM
    assert not is_logged_in(at_home)


def test_card_confirms_as_well(client, identity_service):
    patron = linked_patron(identity_service)
    Patron.objects.update(first_login_until=timezone.now() + timedelta(days=1))
    patron.refresh_from_db()
    assert logs_in_with_birth_date(client, patron).url == CONFIRM
    assert identity_service.sign_in(client, purpose="login", card="oita-taro").url == MENU
    assert logged_in_as(client) == patron.number
    assert session.CONFIRMING not in client.session


def test_card_that_is_not_read_leads_back_to_the_page(asked, identity_service):
    answer = identity_service.sign_in(asked, purpose="login", card="oita-taro", fault="cancel")
    assert answer.url == f"{CONFIRM}?interrupted=cancelled"
    assert "本人確認を中止しました" in text(asked.get(answer.url))


def test_registering_browser_is_asked_for_nothing_more(client):
    patron = registered(client).patron
    client.get(RESULT)
    assert logs_in_with_birth_date(client, patron).url == CHOOSE
    assert mails() == []
    client.post("/mylibrary/logout/")
    assert logs_in_with_birth_date(client, patron).url == CHOOSE


def test_registering_browser_is_known_before_it_has_shown_the_result(client):
    patron = registered(client).patron
    assert DEVICE_COOKIE not in client.cookies
    assert logs_in_with_birth_date(client, patron).url == CHOOSE


def test_next_person_at_the_browser_does_not_make_the_first_unknown(client):
    patron = registered(client).patron
    client.get(RESULT)
    client.post("/registration/another/")
    assert logs_in_with_birth_date(client, patron).url == CHOOSE


def test_finish_makes_the_browser_an_unknown_one(client):
    patron = registered(client).patron
    client.get(RESULT)
    client.post("/registration/finish/")
    assert logs_in_with_birth_date(client, patron).url == CONFIRM


def test_tries_at_the_page_are_limited_by_address(asked, patron):
    type_code(asked, "000000")
    LoginBucket.objects.update(free_at=timezone.now() + timedelta(days=1))
    answer = type_code(asked, mailed_digits())
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert not is_logged_in(asked)
    assert code_of(patron, CodeKind.MAIL).tries == 1


def test_off_is_the_manuals_way(client, settings):
    settings.FIRST_LOGIN_CONFIRMATION = False
    patron = registered(client).patron
    html = text(client.get(RESULT))
    assert "QRコード" not in html
    assert "6ケタの数字" not in html
    assert DEVICE_COOKIE not in client.cookies
    assert "6ケタの数字" not in Notice.objects.get().body
    assert "6ケタの数字" not in text(client.get("/manual/"))
    assert logs_in_with_birth_date(Client(), patron).url == CHOOSE
    assert not FirstLoginCode.objects.exists()


def test_on_is_announced_with_the_address_to_let_through(client, settings):
    settings.DEFAULT_FROM_EMAIL = "図書館 <noreply@library.example>"
    registered(client)
    for said in (text(client.get(RESULT)), Notice.objects.get().body):
        assert "6ケタの数字" in said
        plain = said.replace("</b>", "").replace('<b class="u-num">', "")
        assert "「noreply@library.example」からのメール" in plain
    assert "6ケタの数字" in text(client.get("/manual/"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("oita@oita.co.jp", "o•••@•••.jp"),
        ("x@example.museum", "x•••@•••.museum"),
        ("a@b", "a•••@•••"),
        ("not an address", "•••"),
        ("", ""),
    ],
)
def test_addresses_are_masked(address, shown):
    assert masked(address) == shown


def test_every_step_is_recorded(asked, patron):
    digits = mailed_digits()
    type_code(asked, wrong(code_of(patron, CodeKind.MAIL)))
    type_code(asked, digits)
    kept = Record.objects.filter(patron_id=patron.pk, event__startswith="first_login")
    assert list(kept.order_by("pk").values_list("event", "reason")) == [
        ("first_login_asked", ""),
        ("first_login_code_mailed", ""),
        ("first_login_failed", "wrong"),
        ("first_login_passed", "mail"),
    ]
