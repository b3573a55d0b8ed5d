"""この端末でカードを表示する: the card alone on one phone, and everything that ends it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LoginBucket, Session
from audit.models import Record
from mylibrary.patron_card import device
from mylibrary.patron_card.models import DeviceCard
from mylibrary.reset.services import stop_resets
from notices.models import Notice
from patrons.withholding.services import end_withholding
from tests.mylibrary.conftest import CARD, LOGIN, MENU, PASSWORD, PRIVACY, SESSIONS, USAGE
from tests.withheld import NOTE, member_of_staff, withheld

HERE = f"{CARD}here/"
END = f"{HERE}end/"
ELSEWHERE = f"{SESSIONS}card/end/"


@pytest.fixture
def phone(at_home) -> Client:
    """A phone that shows the card; nobody is logged in on it any more."""
    at_home.post(HERE)
    Session.objects.all().delete()
    return at_home


@pytest.fixture
def computer(member, log_in) -> Client:
    """Another browser in which its patron is logged in."""
    client = Client()
    assert log_in(client, member.number).status_code == 302
    return client


def shows(client: Client, number: str) -> bool:
    answer = client.get(CARD)
    if answer.status_code == 302:
        assert answer.url.startswith(LOGIN)
        return False
    page = answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    return f'<p class="pcard__no">{number}</p>' in page


def test_the_card_alone_opens_and_everything_else_asks(phone, member):
    page = phone.get(CARD).content.decode()
    assert f"貸出券の番号 {member.number} のバーコード" in page
    for hidden in ("延滞資料", member.address, member.email, member.phone):
        assert hidden not in page
    for path in (MENU, USAGE, PRIVACY, SESSIONS, f"{CARD}print/", f"{CARD}offline/"):
        assert phone.get(path).url.startswith(LOGIN)


def test_the_key_is_the_phones_alone_and_is_stored_nowhere(at_home, member, settings):
    cookie = at_home.post(HERE).cookies[device.cookie_name()]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == (CARD, "Lax", True)
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    stored = DeviceCard.objects.get()
    assert cookie.value not in (stored.digest, stored.password_mark)
    assert not shows(Client(), member.number)
    other = Client()
    other.cookies[device.cookie_name()] = cookie.value[:-1] + (
        "a" if cookie.value[-1] != "a" else "b"
    )
    assert not shows(other, member.number)


def test_an_old_key_is_asked_about_without_writing(phone, member):
    phone.cookies[device.cookie_name()] = "a" * device.KEY_LENGTH
    before = LoginBucket.objects.count()
    assert not shows(phone, member.number)
    assert LoginBucket.objects.count() == before


def test_a_get_begins_and_ends_nothing(at_home):
    assert at_home.get(HERE).url == CARD
    assert not DeviceCard.objects.exists()
    at_home.post(HERE)
    assert at_home.get(END).url == CARD
    assert DeviceCard.objects.exists()


def test_another_phone_takes_its_place(phone, computer, member):
    assert shows(phone, member.number)
    computer.post(HERE)
    assert not shows(phone, member.number)


def test_it_is_ended_on_the_phone_itself(phone, member):
    answer = phone.post(END)
    assert answer.cookies[device.cookie_name()].value == ""
    assert not DeviceCard.objects.exists()
    assert not shows(phone, member.number)


def by_list(computer, member):
    assert "利用者カードを表示する端末" in computer.get(SESSIONS).content.decode()
    computer.post(ELSEWHERE)


def by_password(computer, member):
    typed = {
        "password": PASSWORD,
        "new_password": "wide-blue-harbour",
        "new_password_again": "wide-blue-harbour",
    }
    computer.post("/mylibrary/password/", typed)


def by_time(computer, member):
    DeviceCard.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def by_withholding(computer, member):
    type(member).objects.update(withheld_at=timezone.now())


def by_withholding_that_is_over(computer, member):
    withheld(member)
    assert end_withholding(patron=member, staff=member_of_staff(), note=NOTE)


ENDS: list[Callable] = [
    by_list,
    by_password,
    by_time,
    by_withholding,
    by_withholding_that_is_over,
    lambda computer, member: computer.post(f"{SESSIONS}end-all/"),
    lambda computer, member: computer.post(f"{SESSIONS}end-others/"),
    lambda computer, member: stop_resets(patron=member),
    lambda computer, member: type(member).objects.update(withdrawn_at=timezone.now()),
]


@pytest.mark.parametrize("end", ENDS)
def test_it_is_over_with(phone, computer, member, end):
    assert shows(phone, member.number)
    end(computer, member)
    assert not shows(phone, member.number)


def test_the_list_names_it_only_while_it_works(phone, computer, member):
    by_password(computer, member)
    assert "利用者カードを表示する端末" not in computer.get(SESSIONS).content.decode()


def test_beginning_and_end_are_recorded_and_the_patron_is_told(phone, member):
    assert Notice.objects.filter(patron=member, subject__contains="利用者カード").exists()
    phone.post(END)
    events = Record.objects.filter(patron_id=member.pk, event__startswith="device_card")
    assert list(events.order_by("pk").values_list("event", flat=True)) == [
        "device_card_begun",
        "device_card_ended",
    ]


def test_a_withheld_patron_is_not_offered_it(at_home, member):
    type(member).objects.update(withheld_at=timezone.now())
    assert "この端末でカードを表示する" not in at_home.get(CARD).content.decode()
    at_home.post(HERE)
    assert not DeviceCard.objects.exists()
