"""The result's QR code and digits: for the phone, once, while the result is visible."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from mylibrary import session
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.models import Patron
from registration.application.models import Application
from registration.application.phone_login import LINK
from tests.mylibrary.conftest import CHOOSE, LOGIN, PASSWORD
from tests.mylibrary.first_login.steps import (
    CONFIRM,
    PHONE,
    code_of,
    is_logged_in,
    logs_in_with_birth_date,
    mails,
    type_code,
)
from tests.mylibrary.mynumber.cards import logged_in_as
from tests.registration.support import RESULT, registered, text

pytestmark = pytest.mark.django_db
GONE = f"{LOGIN}?ended=scanned"


@pytest.fixture
def newcomer(client) -> Patron:
    """大分 太郎, whom this client has just registered."""
    patron = registered(client).patron
    client.get(RESULT)
    return patron


@pytest.fixture
def phone() -> Client:
    return Client()


def link(patron: Patron) -> str:
    """Return the path and query behind the QR code."""
    address = LINK.address(code_of(patron, CodeKind.SCREEN).pk, ())
    return address[address.index(PHONE) :]


def test_result_shows_a_picture_and_digits_that_stay_the_same(client, newcomer):
    digits = code_of(newcomer, CodeKind.SCREEN).digits
    pages = [text(client.get(RESULT)) for _ in range(2)]
    for page in pages:
        assert f"{digits[:3]} {digits[3:]}" in page
        assert page.count("<svg ") == 1
        assert digits not in page.replace(" ", "").replace(digits, "", 1)
    assert FirstLoginCode.objects.count() == 1


def test_scanned_phone_needs_no_mail(newcomer, phone):
    scanned = phone.get(link(newcomer))
    assert (scanned.status_code, scanned.url) == (302, LOGIN)
    assert scanned["Referrer-Policy"] == "no-referrer"
    html = text(phone.get(LOGIN))
    assert "QRコードを読み取りました" in html
    assert re.search(rf'name="username" value="{newcomer.number}"', html)
    assert not is_logged_in(phone)
    assert logs_in_with_birth_date(phone, newcomer).url == CHOOSE
    assert logged_in_as(phone) == newcomer.number
    assert mails() == []


def test_scanning_alone_uses_nothing_up_and_opens_nothing(newcomer, phone):
    key = link(newcomer)
    for _ in range(3):
        assert Client().get(key).url == LOGIN
    assert phone.get("/mylibrary/").url.startswith(LOGIN)
    wrong_date = phone.post(LOGIN, {"username": newcomer.number, "password": "20130721"})
    assert wrong_date.status_code == 422


def test_second_phone_is_asked_for_more(newcomer, phone):
    key, second = link(newcomer), Client()
    phone.get(key)
    second.get(key)
    logs_in_with_birth_date(phone, newcomer)
    assert logs_in_with_birth_date(second, newcomer).url == CONFIRM
    assert Client().get(key).url == GONE


def test_reloaded_result_brings_nothing_used_back(client, newcomer, phone):
    phone.get(link(newcomer))
    logs_in_with_birth_date(phone, newcomer)
    page = text(client.get(RESULT))
    assert "<svg " not in page
    assert "E-mailに6ケタの数字を送ります" in page


def test_digits_beside_it_confirm_as_well(newcomer, phone):
    digits = code_of(newcomer, CodeKind.SCREEN).digits
    assert logs_in_with_birth_date(phone, newcomer).url == CONFIRM
    assert type_code(phone, f"{digits[:3]} {digits[3:]}").url == CHOOSE


def test_scan_is_good_for_its_patron_alone(newcomer, stranger, phone):
    phone.get(link(newcomer))
    assert logs_in_with_birth_date(phone, stranger).url == CONFIRM
    assert code_of(newcomer, CodeKind.SCREEN).is_live


@pytest.mark.parametrize("button", ["finish", "another"])
def test_it_ends_with_the_result(client, newcomer, phone, button):
    key, scanned = link(newcomer), Client()
    scanned.get(key)
    client.post(f"/registration/{button}/")
    assert phone.get(key).url == GONE
    assert "このQRコードは使えません" in text(phone.get(GONE))
    assert logs_in_with_birth_date(scanned, newcomer).url == CONFIRM


def test_it_ends_after_thirty_minutes(client, newcomer, phone):
    code = code_of(newcomer, CodeKind.SCREEN)
    application = Application.objects.get()
    assert code.expires_at == application.expires_at
    assert code.expires_at - timezone.now() <= timedelta(minutes=30)
    Application.objects.update(expires_at=timezone.now())
    FirstLoginCode.objects.update(expires_at=timezone.now())
    assert phone.get(link(newcomer)).url == GONE
    assert "<svg " not in text(client.get(RESULT))


def test_password_chosen_at_the_result_leaves_nothing_to_scan(client, newcomer, phone):
    key = link(newcomer)
    client.post(
        "/mylibrary/password/first/", {"new_password": PASSWORD, "new_password_again": PASSWORD}
    )
    page = text(client.get(RESULT))
    assert "<svg " not in page
    assert "6ケタの数字" not in page
    phone.get(key)
    assert logs_in_with_birth_date(phone, newcomer).status_code == 422
    answer = phone.post(LOGIN, {"username": newcomer.number, "password": PASSWORD})
    assert is_logged_in(phone)
    assert answer.status_code == 302


def test_session_is_renamed_by_the_scan_and_holds_an_id_alone(newcomer, phone):
    phone.get("/registration/")
    phone.post("/myna/start/", {"purpose": "login"})
    before = phone.session.session_key
    phone.get(link(newcomer))
    assert phone.session.session_key != before
    assert phone.session[session.SCANNED_CODE] == str(code_of(newcomer, CodeKind.SCREEN).pk)


@pytest.mark.parametrize("key", ["", "x", "0" * 64, "\x00", "あ" * 64])
def test_other_keys_open_nothing(client, db, key):
    assert client.get(PHONE, {"key": key}).url == GONE


def test_key_of_another_row_opens_nothing(newcomer, phone):
    key = link(newcomer)
    assert phone.get(key[:-1] + ("0" if key[-1] != "0" else "1")).url == GONE
