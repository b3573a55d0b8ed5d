"""The PC's way: a QR code that expires, a phone that reads the card, a number typed on the PC."""

import re
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from registration.application.models import Application
from tests.identity import IdentityService, follow
from tests.myna_auth.people import PERSON, TYPED

pytestmark = pytest.mark.django_db
FORM = "/registration/"
NUMBER = re.compile(r'class="shown">([0-9]{6})<')
PHONE = re.compile(r'href="([^"]+/phone\?pairing=([^"]+))"')


@dataclass
class Desk:
    """A PC at the service's page and the phone beside it, each with its last page."""

    service: IdentityService
    transaction: str
    pc: requests.Response
    phone: requests.Response | None = None

    @classmethod
    def open(cls, service: IdentityService, client: Client) -> "Desk":
        page = requests.get(service.start(client, TYPED), timeout=30)
        transaction = service._transaction(page.text)
        pc = requests.get(f"{service.issuer}/pc", params={"transaction": transaction}, timeout=30)
        assert pc.status_code == 200
        return cls(service, transaction, pc)

    @property
    def address(self) -> str:
        return PHONE.search(self.pc.text).group(1)

    def scan(self) -> requests.Response:
        self.phone = requests.get(self.address, timeout=30)
        return self.phone

    def post(self, path: str, **form: str) -> requests.Response:
        return requests.post(
            f"{self.service.issuer}/{path}", data=form, allow_redirects=False, timeout=30
        )

    def read(self, **chosen: str) -> str:
        """Let the phone read a card and return the number it shows."""
        self.scan()
        self.phone = self.post("phone", pairing=self.pairing, **(chosen or {"card": "oita-taro"}))
        return NUMBER.search(self.phone.text).group(1)

    @property
    def pairing(self) -> str:
        return PHONE.search(self.pc.text).group(2)

    def type(self, number: str) -> requests.Response:
        response = self.post("pc", transaction=self.transaction, number=number)
        if response.status_code == 422:
            self.pc = response
        return response

    def renew(self) -> None:
        self.pc = self.post("pc", transaction=self.transaction, renew="1")


@pytest.fixture
def desk(identity_service, client):
    return Desk.open(identity_service, client)


def other_than(number):
    return f"{(int(number) + 1) % 1_000_000:06}"


def full_width(number):
    return number.translate({ord("0") + i: ord("０") + i for i in range(10)})


@pytest.mark.parametrize(
    "written", [str, full_width, lambda n: f" {n[:3]} {n[3:]} ", lambda n: f"{n[:3]}-{n[3:]}"]
)
def test_the_right_number_brings_the_person_back(desk, client, events, written):
    number = desk.read(card="typed", **PERSON)

    back = desk.type(written(number))

    assert back.status_code == 303
    assert follow(client, back.headers["Location"]).url == FORM
    assert Application.objects.get().name == PERSON["name"]
    assert events() == ["identified"]


def test_a_wrong_number_is_said_and_three_end_it(desk, client, events):
    wrong = other_than(desk.read())
    for left in (2, 1):
        response = desk.type(wrong)
        assert response.status_code == 422
        assert (
            f"数字が違います。スマートフォンの画面を確かめてください。あと{left}回" in response.text
        )

    response = desk.type(wrong)

    assert response.status_code == 403
    assert "数字を3回まちがえたため、本人確認を終了しました。" in response.text
    way_back = re.search(r'href="(http[^"]+callback[^"]+)"', response.text).group(1)
    answer = follow(client, way_back.replace("&amp;", "&"))
    assert "本人確認を中止しました" in client.get(answer.url).content.decode()
    assert events() == ["cancelled"]
    assert desk.type(wrong).status_code == 400


def test_the_right_number_is_good_after_two_wrong_ones(desk):
    number = desk.read()
    for _ in range(2):
        desk.type(other_than(number))

    assert desk.type(number).status_code == 303


@pytest.mark.parametrize("typed", ["", "　", "-"])
def test_an_empty_number_costs_no_try(desk, typed):
    number = desk.read()
    for _ in range(4):
        response = desk.type(typed)
        assert response.status_code == 422
        assert "6ケタの数字を入力してください" in response.text

    assert desk.type(number).status_code == 303


def test_a_number_before_the_phone_is_done_costs_no_try(desk):
    for _ in range(4):
        response = desk.type("123456")
        assert response.status_code == 422
        assert "先に、スマートフォンで見本のカードを選んでください。" in response.text

    assert desk.type(desk.read()).status_code == 303


def test_an_expired_qr_code_is_said_on_both_sides_and_can_be_made_anew(identity_service, client):
    identity_service.configure(qr_seconds=0.3)
    desk = Desk.open(identity_service, client)
    old = desk.address
    identity_service.configure()
    wait_until_expired(old)

    assert "有効期限が切れました。パソコンの画面で作り直してください。" in (
        requests.get(old, timeout=30).text
    )
    response = desk.type("123456")
    assert response.status_code == 422
    assert "QRコードの有効期限が切れました。" in response.text
    assert "QRコードを作り直す" in response.text
    desk.renew()
    assert desk.address != old
    assert desk.type(desk.read()).status_code == 303


def wait_until_expired(address):
    time.sleep(0.35)
    assert requests.get(address, timeout=30).status_code == 400


def test_a_qr_code_made_anew_ends_the_old_one(desk):
    old = desk.address
    desk.renew()

    assert requests.get(old, timeout=30).status_code == 400


def test_a_phone_that_has_opened_the_code_may_take_its_time(identity_service, client):
    identity_service.configure(qr_seconds=0.3)
    desk = Desk.open(identity_service, client)
    desk.scan()
    time.sleep(0.35)

    assert desk.type(desk.read()).status_code == 303


@pytest.mark.parametrize("number_shown", [False, True])
def test_a_phone_that_gives_up_is_learnt_at_the_pcs_next_step(desk, client, events, number_shown):
    number = desk.read() if number_shown else "123456"
    desk.scan()
    phone = desk.post("phone/cancel", pairing=desk.pairing)
    assert "パソコンの画面に戻り、【送信】を押してください。" in phone.text

    back = desk.type(number)

    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query["error"] == ["access_denied"]
    answer = follow(client, back.headers["Location"])
    assert "本人確認を中止しました" in client.get(answer.url).content.decode()
    assert events() == ["cancelled"]
    assert not Application.objects.exclude(subject="").exists()


def test_the_phones_first_card_stands_and_a_reload_shows_its_number(desk, client):
    number = desk.read(card="typed", **PERSON)

    assert desk.read(card="beppu") == number
    assert NUMBER.search(desk.scan().text).group(1) == number
    follow(client, desk.type(number).headers["Location"])
    assert Application.objects.get().name == PERSON["name"]


def test_the_phone_says_when_nothing_was_chosen(desk):
    desk.scan()

    response = desk.post("phone", pairing=desk.pairing)

    assert response.status_code == 422
    assert "見本のカードを選ぶか" in response.text


def test_a_fault_picked_on_the_phone_happens(desk, client, events):
    number = desk.read(card="oita-taro", fault="wrong_nonce")

    follow(client, desk.type(number).headers["Location"])

    assert events() == ["id_token_nonce"]


def test_after_the_end_every_page_of_it_is_over(desk):
    number = desk.read()
    desk.type(number)

    assert desk.type(number).status_code == 400
    assert desk.scan().status_code == 400
    assert desk.post("phone/cancel", pairing=desk.pairing).status_code == 400
    assert desk.post("phone", pairing="unknown", card="oita-taro").status_code == 400


def test_the_pc_may_still_choose_the_card_itself(desk, client):
    desk.scan()

    back = desk.post("card", transaction=desk.transaction, card="oita-taro")

    assert follow(client, back.headers["Location"]).url == FORM
