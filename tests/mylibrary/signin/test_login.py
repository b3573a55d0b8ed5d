"""認証: who gets in, who does not, and what they are told."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import throttle
from accounts.buckets import Bucket, Limit, bucket, keyed
from accounts.models import LoginBucket, Session
from accounts.throttle import buckets_for
from mylibrary.signin.views import WRONG
from tests.accounts.leaking import let_pass, tries
from tests.hashers import CountingHasher
from tests.mylibrary.conftest import BIRTH_DATE, CARD, CHOOSE, LOGIN, MENU, PASSWORD
from tests.patrons.people import imported_patron, set_own_password
from tests.registration.support import registered


@pytest.mark.parametrize("typed", [BIRTH_DATE, "２０１３０７２０", " 20130720 "])
def test_birth_date_logs_in_for_the_first_time(client, patron, log_in, typed):
    response = log_in(client, patron.number, typed)
    assert response.url == CHOOSE
    assert client.session["_auth_user_id"]


@pytest.mark.parametrize("typed", ["８００００２８", " 8000028 ", "8000028"])
def test_number_is_accepted_as_people_type_it(client, member, log_in, typed):
    member.number = "8000028"
    member.save()
    assert log_in(client, typed).url == MENU


@pytest.mark.parametrize("typed", ["A8000028A", "a8000028b", "\u202d8000028\u202c"])
def test_number_is_accepted_as_a_reader_sends_it(client, member, log_in, typed):
    member.number = "8000028"
    member.save()
    with CaptureQueriesContext(connection) as plain:
        log_in(client, "8000028")
    other = Client()
    with CaptureQueriesContext(connection) as scanned:
        assert log_in(other, typed).url == MENU
    assert len(scanned) == len(plain)


def test_every_way_to_scan_a_number_counts_as_one(client, member, log_in):
    ways = [f"{start}{member.number}{stop}" for start in " ABCD" for stop in " ABCD"]
    answers = [log_in(Client(), way, "wrong-password").status_code for way in ways]
    assert len(ways) == 25
    assert answers == [422] * throttle.ACCOUNT.burst + [429] * (25 - throttle.ACCOUNT.burst)


def test_birth_date_does_not_log_in_after_the_deadline(client, patron, log_in):
    patron.first_login_until = timezone.now() - timedelta(seconds=1)
    patron.save()
    assert log_in(client, patron.number, BIRTH_DATE).status_code == 422


def test_birth_date_never_works_again_once_changed(client, member, log_in):
    member.first_login_until = timezone.now() + timedelta(days=1)
    member.save()
    assert log_in(client, member.number, BIRTH_DATE).status_code == 422
    assert log_in(client, member.number).status_code == 302


def test_every_failure_looks_the_same(client, member, log_in):
    pages = [
        log_in(client, member.number, "wrong-password"),
        log_in(client, "8999999", "wrong-password"),
        log_in(client, "no such number", BIRTH_DATE),
        log_in(client, member.number, "x" * 5000),
        log_in(client, "9" * 5000, "wrong-password"),
    ]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 422
        assert str(WRONG) in text
        assert "<title>エラー：認証｜" in text
        assert "/counter/" in text
        assert "wrong-password" not in text


def test_empty_fields_are_asked_for(client, db):
    page = client.post(LOGIN, {"username": "", "password": ""})
    assert page.status_code == 422
    assert "貸出券の番号を入力してください" in page.content.decode()
    assert "パスワードを入力してください" in page.content.decode()


@pytest.mark.parametrize("typed", ["\x00", "8\x00", "<script>", "' OR 1=1 --", "😀", "\ud83d"])
def test_strange_input_is_a_failure_not_a_fault(client, db, typed):
    fields = {"username": typed.encode("utf-8", "replace").decode(), "password": "pass\x00word"}
    assert client.post(LOGIN, fields).status_code == 422


def test_existing_and_unknown_numbers_cost_the_same(client, patron, log_in, settings):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]
    member = imported_patron()
    set_own_password(patron=member, password=PASSWORD)

    def computations(number, password):
        before = CountingHasher.computations
        log_in(Client(), number, password)
        return CountingHasher.computations - before

    assert computations("8999999", "wrong-password") == 1
    assert computations(patron.number, "wrong-password") == 1
    assert computations(member.number, "wrong-password") == 1
    assert computations(patron.number, BIRTH_DATE) == 1


def test_session_is_rotated_and_knows_its_user(client, member, log_in):
    client.get("/registration/")
    stored = client.session
    stored["thing"] = 1
    stored.save()
    before = stored.session_key
    log_in(client, member.number)
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert Session.objects.get().user == member.user


def test_session_key_chosen_by_a_stranger_is_not_taken(client, member, log_in):
    client.cookies["sessionid"] = "strangerstrangerstrangerstranger"
    log_in(client, member.number)
    assert client.session.session_key != "strangerstrangerstrangerstranger"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///x",
        "http://testserver/mylibrary/card/",
        "x",
        "日本",
        "?a",
        "#",
        "./x",
        "mylibrary:card",
        "\x00",
        "/" + "x" * 3000,
    ],
)
def test_login_leads_to_a_path_of_this_site_only(client, member, log_in, address):
    assert log_in(client, member.number, next=address).url == MENU
    assert address not in client.get(LOGIN, {"next": address}).headers.get("Location", "")


def test_login_goes_on_to_the_page_asked_for(client, member, log_in):
    asked = client.get(CARD)
    assert asked.url == f"{LOGIN}?next={CARD}"
    assert f'value="{CARD}"' in client.get(asked.url).content.decode()
    assert log_in(client, member.number, next=CARD).url == CARD


def test_number_is_filled_in_when_coming_from_the_result(client, db):
    application = registered(client)
    page = client.get(LOGIN).content.decode()
    assert f'value="{application.patron.number}"' in page
    assert "/registration/result/" in page


def test_no_number_is_filled_in_otherwise(client, db):
    page = client.get(LOGIN).content.decode()
    field = re.search(r'<input[^>]* name="username"[^>]*>', page)
    assert field
    assert "value=" not in field[0]


def test_child_just_registered_can_log_in_while_a_parent_is(client, db, log_in):
    parent = imported_patron()
    set_own_password(patron=parent, password=PASSWORD)
    log_in(client, parent.number)
    assert client.get(LOGIN).url == MENU
    child = registered(client).patron
    assert f'value="{child.number}"' in client.get(LOGIN).content.decode()
    log_in(client, child.number, BIRTH_DATE)
    assert client.session["_auth_user_id"] == str(get_user_model().objects.get(patron=child).pk)


def fail(log_in, number, times, **extra):
    return [log_in(Client(), number, "wrong-password", **extra).status_code for _ in range(times)]


@pytest.mark.parametrize("number", [None, "8999999"])
def test_number_is_throttled_whether_it_exists_or_not(client, member, log_in, number):
    number = number or member.number
    assert set(fail(log_in, number, throttle.ACCOUNT.burst)) == {422}
    page = log_in(client, number, "wrong-password")
    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 600
    assert "10分ほど待ってから" in page.content.decode()


def test_right_password_has_to_wait_too_but_not_for_long(client, member, log_in):
    fail(log_in, member.number, throttle.ACCOUNT.burst)
    assert log_in(client, member.number).status_code == 429
    let_pass(throttle.ACCOUNT.interval)
    assert log_in(client, member.number).status_code == 302


def test_stranger_cannot_keep_out_a_browser_that_is_known(client, member, log_in):
    log_in(client, member.number)
    client.post("/mylibrary/logout/")
    fail(log_in, member.number, throttle.ACCOUNT.burst + 5, REMOTE_ADDR="203.0.113.9")
    assert log_in(Client(), member.number).status_code == 429
    assert log_in(client, member.number).status_code == 302


def test_known_browser_is_limited_too(client, member, log_in):
    log_in(client, member.number)
    client.post("/mylibrary/logout/")
    answers = [
        log_in(client, member.number, "wrong-password").status_code
        for _ in tries(throttle.DEVICE.burst + 1)
    ]
    assert answers == [422] * throttle.DEVICE.burst + [429]


def test_being_known_to_one_account_says_nothing_for_another(client, member, patron, log_in):
    log_in(client, member.number)
    client.post("/mylibrary/logout/")
    assert fail(log_in, "8999999", throttle.ACCOUNT.burst + 1)[-1] == 429
    assert log_in(client, "8999999", "wrong-password").status_code == 429


def test_forged_known_browser_cookie_is_ignored(client, member, log_in):
    fail(log_in, member.number, throttle.ACCOUNT.burst)
    client.cookies[throttle.DEVICE_COOKIE] = "WyJ4Iixbe30iXV0:1vx:forged"
    assert log_in(client, member.number).status_code == 429


def test_cookie_of_the_release_before_is_still_known(client, member, log_in):
    fail(log_in, member.number, throttle.ACCOUNT.burst)
    accounts = [keyed("patron", member.number)]
    client.cookies[throttle.DEVICE_COOKIE] = signing.dumps(["name", accounts], salt=throttle._SALT)
    assert log_in(client, member.number).status_code == 302


def test_address_is_throttled_over_many_numbers(client, db, log_in, settings):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]
    numbers = [str(8100000 + n) for n in range(throttle.LOGINS.address.burst + 5)]
    answers = [
        log_in(client, number, "wrong-password", REMOTE_ADDR=f"2001:db8::{n + 1:x}").status_code
        for n, number in enumerate(numbers)
    ]
    assert answers.count(429) >= 3
    assert log_in(client, "8200000", BIRTH_DATE, REMOTE_ADDR="198.51.100.1").status_code == 422


def fill(*buckets: Bucket) -> None:
    """Fill buckets as strangers do: for longer than any of these tests takes."""
    hour = timezone.now() + timedelta(hours=1)
    for filled in buckets:
        LoginBucket.objects.update_or_create(key=filled.key, defaults={"free_at": hour})


def test_above_the_limit_over_all_quiet_networks_go_on(monkeypatch, client, member, log_in):
    monkeypatch.setattr(throttle, "OVERALL", Limit(1, timedelta(hours=1)))
    fail(log_in, "8999999", 1, REMOTE_ADDR="198.51.100.1")
    answers = [
        log_in(Client(), str(8_100_000 + n), "wrong-password").status_code
        for n in tries(throttle.QUIET_NETWORK.burst + 1)
    ]
    assert answers == [422] * throttle.QUIET_NETWORK.burst + [429]
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert log_in(client, member.number, **elsewhere).status_code == 302


def test_nobody_unknown_goes_on_above_the_ceiling(client, member, log_in):
    fill(bucket("patron-overall", "", throttle.OVERALL))
    fill(bucket("patron-ceiling", "", throttle.CEILING))
    assert log_in(client, member.number).status_code == 429


def test_known_browsers_and_staff_are_never_refused_for_strangers(
    client, member, log_in, django_user_model
):
    log_in(client, member.number)
    client.post("/mylibrary/logout/")
    django_user_model.objects.create_superuser("librarian", PASSWORD)
    fill(
        *buckets_for(RequestFactory().post("/"), kind="patron", identifier=member.number),
        bucket("patron-quiet", "127.0.0.0/24", throttle.QUIET_NETWORK),
        bucket("patron-ceiling", "", throttle.CEILING),
    )
    assert log_in(Client(), member.number).status_code == 429
    assert log_in(client, member.number).status_code == 302
    fields = {"username": "librarian", "password": PASSWORD}
    assert Client().post("/admin/login/", fields).status_code == 302


def test_whoever_is_logged_in_can_always_type_the_password_again(member, log_in):
    here = Client()
    here.force_login(member.user, backend="patrons.backends.PatronBackend")
    fill(*buckets_for(RequestFactory().post("/"), kind="patron", identifier=member.number))
    typed = {"new_password": "another-long-one", "new_password_again": "another-long-one"}
    for _ in tries(throttle.DEVICE.burst):
        assert here.post(CHOOSE, {"password": "wrong"} | typed).status_code == 422
    assert here.post(CHOOSE, {"password": PASSWORD} | typed).status_code == 429
    let_pass(throttle.DEVICE.interval)
    assert here.post(CHOOSE, {"password": PASSWORD} | typed).status_code == 302


def test_forged_forwarded_address_does_not_escape_the_limit(client, db, log_in, settings):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]
    fill(bucket("patron-address", "127.0.0.1/32", throttle.LOGINS.address))
    answer = log_in(client, "8200000", BIRTH_DATE, HTTP_X_FORWARDED_FOR="198.51.100.77")
    assert answer.status_code == 429


@pytest.mark.django_db(transaction=True)
def test_parallel_tries_all_count(settings, member, log_in):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]

    def one(_):
        try:
            return log_in(Client(), member.number, "wrong-password").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(32)))
    assert answers.count(422) == throttle.ACCOUNT.burst
    assert answers.count(429) == 32 - throttle.ACCOUNT.burst


def test_logout_needs_the_button(at_home):
    assert at_home.get("/mylibrary/logout/").url == MENU
    assert at_home.get(MENU).status_code == 200
    assert "ログアウトしました" in at_home.post("/mylibrary/logout/").content.decode()
    assert at_home.get(MENU).url.startswith(LOGIN)
    assert not Session.objects.filter(user__isnull=False).exists()


def test_logout_and_login_need_the_token(member):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(LOGIN, {"username": member.number, "password": PASSWORD}).status_code == 403
    assert strict.post("/mylibrary/logout/").status_code == 403
