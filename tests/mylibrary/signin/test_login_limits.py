"""One birth date tried with many numbers, and what a failure tells of a number: nothing."""

import logging
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import throttle
from accounts.buckets import Limit, bucket
from accounts.models import LoginBucket
from patrons.first_login.services import new_counter_code
from patrons.models import Patron
from patrons.services import register_patron, user_for
from tests.accounts.leaking import let_pass, tries
from tests.hashers import CountingHasher
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, LOGIN, MENU, PASSWORD
from tests.patrons.people import applicant, imported_patron, residency, set_own_password

BURST = throttle.EIGHT_DIGITS.burst


@pytest.fixture(autouse=True)
def _cheap_hasher(settings):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]


@pytest.fixture
def spray(log_in):
    """Return `spray(tries, password, first=0)`: each try another number and another address."""

    def send(tries: int, password: str = BIRTH_DATE, first: int = 0):
        return [
            log_in(
                Client(),
                str(8_100_000 + n),
                password,
                REMOTE_ADDR=f"203.{n // 250}.{n % 250}.1",
            )
            for n in range(first, first + tries)
        ]

    return send


def statuses(answers) -> list[int]:
    return [answer.status_code for answer in answers]


def test_one_birth_date_over_many_numbers_and_addresses_is_stopped_early(db, spray):
    before = CountingHasher.computations
    assert statuses(spray(BURST + 50)) == [422] * BURST + [429] * 50
    assert CountingHasher.computations == before + BURST


@pytest.mark.parametrize(
    "typed", ["２０１３０７２０", " 20130720", "20130720\u3000", "²⁰¹³⁰⁷²⁰", "2013０７20"]
)
def test_another_way_to_type_the_date_is_no_other_date(db, spray, typed):
    spray(BURST)
    assert statuses(spray(1, typed, first=900)) == [429]


def test_a_hit_is_not_told_once_the_date_is_stopped(db, spray, patron, log_in):
    spray(BURST)
    hit = log_in(Client(), patron.number, BIRTH_DATE, REMOTE_ADDR="198.51.100.1")
    miss = log_in(Client(), "8999999", BIRTH_DATE, REMOTE_ADDR="198.51.100.2")
    assert statuses([hit, miss]) == [429, 429]
    assert said(hit) == said(miss)


def said(answer) -> str:
    """Return a page without what was typed and the tokens in it."""
    return re.sub(r'value="[^"]*"', "", answer.content.decode())


def test_the_wait_is_told_and_short(db, spray, log_in, patron):
    (answer,) = spray(BURST + 1)[BURST:]
    assert 0 < int(answer["Retry-After"]) <= throttle.EIGHT_DIGITS.interval.total_seconds()
    assert "10分ほど待ってから" in answer.content.decode()
    let_pass(throttle.EIGHT_DIGITS.interval)
    assert log_in(Client(), patron.number, BIRTH_DATE).url == CHOOSE


def test_going_on_makes_no_wait_longer(db, spray):
    spray(BURST)
    waits = [int(answer["Retry-After"]) for answer in spray(60, first=100)]
    assert max(waits) <= throttle.EIGHT_DIGITS.interval.total_seconds()


def test_a_spray_keeps_nobody_else_out(db, spray, log_in, member):
    other = register_patron(
        applicant=applicant(subject="other", name="別府　次郎", birth_date="19920402"),
        residency=residency(),
    )
    spray(BURST + 5)
    # Another date, an own password: neither is what is sprayed.
    assert log_in(Client(), other.number, "19920402").url == CHOOSE
    assert log_in(Client(), member.number).url == MENU


@pytest.fixture
def narrow(monkeypatch):
    """Return `narrow(width)`, which lets three tries pass from each address, home or network."""

    def set_limit(width: str) -> None:
        limits = {width: Limit(3, timedelta(hours=1))}
        monkeypatch.setattr(throttle, "LOGINS", throttle.LOGINS._replace(**limits))

    return set_limit


def test_one_address_above_its_limit_keeps_nobody_elsewhere_out(
    monkeypatch, narrow, log_in, member, django_user_model
):
    narrow("address")
    monkeypatch.setattr(throttle, "OVERALL", Limit(5, timedelta(hours=1)))
    django_user_model.objects.create_superuser("librarian", PASSWORD)
    numbers = [str(8_100_000 + n) for n in range(20)]
    answers = [log_in(Client(), number, "x", REMOTE_ADDR="203.0.113.9") for number in numbers]
    assert statuses(answers) == [422] * 3 + [429] * 17
    assert log_in(Client(), member.number, REMOTE_ADDR="198.51.100.1").url == MENU
    fields = {"username": "librarian", "password": PASSWORD}
    answer = Client(REMOTE_ADDR="198.51.100.2").post("/admin/login/", fields)
    assert answer.status_code == 302


def test_one_address_above_its_limit_stops_neither_number_nor_date(narrow, log_in, patron):
    narrow("address")
    stranger = {"REMOTE_ADDR": "203.0.113.9"}
    for n in range(BURST + 5):
        log_in(Client(), str(8_100_000 + n), BIRTH_DATE, **stranger)
        log_in(Client(), patron.number, "x", **stranger)
    assert log_in(Client(), patron.number, BIRTH_DATE, REMOTE_ADDR="198.51.100.1").url == CHOOSE


@pytest.mark.parametrize(
    ("width", "addresses", "elsewhere"),
    [
        ("home", "2001:db8:0:{:x}::1", "2001:db8:0:100::1"),
        ("network", "2001:db8:0:{:x}00::1", "2001:db8:1:100::1"),
        ("network", "203.0.113.{}", "203.0.114.1"),
    ],
)
def test_many_addresses_of_one_network_count_together(
    narrow, log_in, member, width, addresses, elsewhere
):
    narrow(width)
    answers = [
        log_in(Client(), str(8_100_000 + n), "x", REMOTE_ADDR=addresses.format(n))
        for n in range(20)
    ]
    assert statuses(answers) == [422] * 3 + [429] * 17
    assert log_in(Client(), member.number, REMOTE_ADDR=elsewhere).url == MENU


def test_card_and_counter_stay_open_to_whom_a_spray_keeps_waiting(db, spray, patron, log_in):
    spray(BURST)
    page = log_in(Client(), patron.number, BIRTH_DATE).content.decode()
    for way in ("マイナンバーカードでログイン", "/mylibrary/password/reset/", "/counter/"):
        assert way in page


def test_twins_log_in_one_after_the_other_with_mistakes(client, db, log_in):
    names = [("大分　ユウキ", "ユウキ"), ("大分　ユキ", "ユキ"), ("大分　ユカ", "ユカ")]
    triplets = [
        register_patron(
            applicant=applicant(subject=kana, name=name, first_name_kana=kana),
            residency=residency(),
        )
        for name, kana in names
    ]
    for child in triplets:
        for mistake in ("8999999", "80000"):
            assert log_in(client, mistake, BIRTH_DATE).status_code == 422
        assert log_in(client, child.number, BIRTH_DATE).url == CHOOSE
        client.post("/mylibrary/logout/")


def test_a_success_gives_its_try_back_but_does_not_forget_a_spray(db, spray, log_in, patron):
    spray(BURST - 1)
    for _ in range(3):
        assert log_in(Client(), patron.number, BIRTH_DATE).url == CHOOSE
    assert statuses(spray(2, first=500)) == [422, 429]


def test_a_known_browser_is_not_asked_to_wait(client, db, spray, log_in, patron):
    assert log_in(client, patron.number, BIRTH_DATE).url == CHOOSE
    client.post("/mylibrary/logout/")
    spray(BURST)
    assert log_in(Client(), patron.number, BIRTH_DATE).status_code == 429
    assert log_in(client, patron.number, BIRTH_DATE).url == CHOOSE


CLOSED = "ほかの方法でログインしてください"


@pytest.fixture
def by_birth_date_alone(settings, db):
    """The birth date alone opens an account, and a hundred dates of strangers have been tried."""
    settings.FIRST_LOGIN_CONFIRMATION = False
    closed = bucket("first-logins", "", throttle.FIRST_LOGINS)
    LoginBucket.objects.create(key=closed.key, free_at=timezone.now() + closed.limit.room)


def test_a_hundred_failed_birth_dates_an_hour_are_looked_at(settings, db, log_in):
    settings.FIRST_LOGIN_CONFIRMATION = False
    answers = [
        log_in(Client(), str(8_100_000 + n), f"{20000101 + n}", REMOTE_ADDR=f"203.0.{n}.1")
        for n in tries(105)
    ]
    assert statuses(answers) == [422] * 100 + [403] * 5
    let_pass(throttle.FIRST_LOGINS.interval)
    assert log_in(Client(), "8200000", "19900101").status_code == 422


def test_above_that_a_new_browser_is_led_to_the_other_ways(by_birth_date_alone, patron, log_in):
    right = log_in(Client(), patron.number, BIRTH_DATE)
    wrong = log_in(Client(), patron.number, "19500101")
    nobody = log_in(Client(), "8999999", "19500101")
    assert statuses([right, wrong, nobody]) == [403] * 3
    assert said(right) == said(wrong) == said(nobody)
    for way in (CLOSED, "マイナンバーカードでログイン", "/mylibrary/password/reset/", "/counter/"):
        assert way in said(right)


def test_above_that_a_right_birth_date_is_told_by_no_limit_either(
    by_birth_date_alone, patron, log_in
):
    answers = statuses(
        log_in(Client(), patron.number, BIRTH_DATE, REMOTE_ADDR=f"203.0.{n}.1")
        for n in range(BURST + 1)
    )
    assert answers == [403] * BURST + [429]


def test_above_that_known_browsers_own_passwords_and_staff_go_on(
    by_birth_date_alone, client, patron, log_in, settings, django_user_model
):
    settings.FIRST_LOGIN_CONFIRMATION = True
    slip = new_counter_code(patron=patron)
    confirm = log_in(client, patron.number, BIRTH_DATE).url
    assert client.post(confirm, {"code": slip.digits}).url == CHOOSE
    client.post("/mylibrary/logout/")
    settings.FIRST_LOGIN_CONFIRMATION = False
    assert log_in(client, patron.number, BIRTH_DATE).url == CHOOSE
    set_own_password(patron=patron, password="31415926")
    assert log_in(Client(), patron.number, "31415926").url == MENU
    assert log_in(Client(), patron.number, "wrong-password").status_code == 422
    django_user_model.objects.create_superuser("librarian", PASSWORD)
    fields = {"username": "librarian", "password": PASSWORD}
    assert Client().post("/admin/login/", fields).status_code == 302


def test_with_the_confirmation_nobody_is_led_away(by_birth_date_alone, settings, log_in):
    settings.FIRST_LOGIN_CONFIRMATION = True
    assert log_in(Client(), "8999999", "19500101").status_code == 422


def test_other_passwords_are_not_counted_over_numbers(db, spray):
    assert set(statuses(spray(BURST + 5, "correct-horse-battery"))) == {422}
    assert set(statuses(spray(BURST + 5, "201307201", first=300))) == {422}


def test_the_date_is_neither_stored_nor_logged(db, spray, caplog):
    caplog.set_level(logging.DEBUG)
    with CaptureQueriesContext(connection) as queries:
        spray(2)
    assert any("accounts_loginbucket" in query["sql"] for query in queries)
    assert BIRTH_DATE not in "".join(query["sql"] for query in queries)
    assert BIRTH_DATE not in caplog.text
    assert all(re.fullmatch("[0-9a-f]{64}", row.key) for row in LoginBucket.objects.all())


def own_password(patron: Patron) -> None:
    set_own_password(patron=patron, password="another-long-one")


def card_login_only(patron: Patron) -> None:
    user_for(patron=patron)


def first_login_open(patron: Patron) -> None:
    pass


def first_login_over(patron: Patron) -> None:
    Patron.objects.update(first_login_until=timezone.now() - timedelta(days=1))


def withdrawn(patron: Patron) -> None:
    Patron.objects.update(withdrawn_at=timezone.now())


def locked_out(patron: Patron) -> None:
    own_password(patron)
    patron.user.is_active = False
    patron.user.save()


def unknown(patron: Patron) -> None:
    Patron.objects.update(number="other")


STATES = [
    own_password,
    card_login_only,
    first_login_open,
    first_login_over,
    withdrawn,
    locked_out,
    unknown,
]


def cost(log_in, number: str, password: str) -> tuple[int, list[str], str]:
    """Return what a failed login takes: argon2 computations and statements; and what it says."""
    before = CountingHasher.computations
    with CaptureQueriesContext(connection) as queries:
        answer = log_in(Client(), number, password)
    assert answer.status_code == 422
    verbs = [query["sql"].split()[0] for query in queries]
    return CountingHasher.computations - before, verbs, said(answer)


@pytest.mark.parametrize("password", ["wrong-password", "19500101"])
@pytest.mark.parametrize("state", STATES)
def test_every_failure_costs_and_says_the_same(patron, log_in, state, password):
    number = patron.number
    state(patron)
    unknown_number = cost(log_in, "8999999", password)
    assert unknown_number[0] == 1
    assert cost(log_in, number, password) == unknown_number


def test_the_end_of_the_first_login_is_not_told_but_the_ways_on_are(client, patron, log_in):
    first_login_over(patron)
    page = log_in(client, patron.number, BIRTH_DATE)
    assert page.status_code == 422
    text = page.content.decode()
    assert "貸出券の番号かパスワードが違います" in text
    assert "登録から90日までの、はじめの1回だけ使えます" in text
    ways = [text.index(f"<h3>{way}") for way in ("1. マイナンバー", "2. E-mail", "3. 窓口")]
    assert ways == sorted(ways)


def test_a_page_without_a_failure_has_no_such_list(client, db):
    assert "3つの方法" not in client.get(LOGIN).content.decode()


def test_what_is_too_long_for_anybody_costs_no_hash(client, member, log_in):
    before = CountingHasher.computations
    for number, password in ((member.number, "x" * 1025), ("9" * 1025, "x"), ("9", "x" * 200_000)):
        assert log_in(client, number, password).status_code == 422
    assert CountingHasher.computations == before
    assert not LoginBucket.objects.exists()
    log_in(client, member.number)
    before = CountingHasher.computations
    fields = {"password": "x" * 200_000, "new_password": PASSWORD, "new_password_again": PASSWORD}
    assert client.post(CHOOSE, fields).status_code == 422
    assert CountingHasher.computations == before
    fields = {"password": PASSWORD, "new_password": "y" * 200_000, "new_password_again": "y"}
    assert "128文字まで" in client.post(CHOOSE, fields).content.decode()
    assert CountingHasher.computations == before


@pytest.mark.parametrize("length", [500, 600, 2000, 20_000])
@pytest.mark.parametrize("character", ["a", "あ", "%", "/", "\n", "\x00"])
def test_a_page_asked_for_may_have_any_length_and_letters(member, log_in, length, character):
    newcomer = imported_patron(first_login_until=timezone.now() + timedelta(days=1))
    named = f"{CARD}?{character * length}"
    answers = [
        log_in(Client(), member.number, next=named),
        log_in(Client(), newcomer.number, "19920402", next=named),
        Client().get(LOGIN, {"next": named[:6000]}),
    ]
    assert statuses(answers) == [302, 302, 200]
    short = length == 500 and character in "a%/"
    assert answers[0].url == (named if short else MENU)
    assert answers[1].url.startswith(CHOOSE)
