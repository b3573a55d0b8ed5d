"""The callback's answer is lost after its work is done: its browser gets it, and nobody else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import ANSWER_MAY_BE_LOST
from myna_auth.models import AuthRequest
from outages.database import patience
from registration.application.models import Application
from tests.identity import follow
from tests.lost_answers import copied, lose
from tests.myna_auth.people import PERSON, TYPED
from tests.myna_auth.walks import approved

pytestmark = pytest.mark.django_db
FORM = "/registration/"


def form(client, address=FORM):
    return client.get(address).content.decode()


@pytest.fixture
def way_back(client, identity_service):
    """The way back of somebody whose browser never got the answer of the first arrival."""
    address = approved(client, identity_service)
    answer = lose(client, lambda browser: follow(browser, address))
    assert answer.url == FORM
    return address


def assert_filled(client):
    html = form(client)
    assert "満寿代" in html
    assert f'value="{TYPED["email"]}"' in html


def assert_nothing(client, answer=None):
    if answer is not None:
        assert answer.status_code == 400
        assert "違うブラウザで開かれました" in answer.content.decode()
    html = form(client)
    assert "満寿代" not in html
    assert TYPED["email"] not in html


def with_code(address, code):
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return f"{urlsplit(address).path}?{urlencode(query | {'code': code})}"


def test_a_reload_leads_to_identity_and_typed_fields(client, way_back, events):
    assert follow(client, way_back).url == FORM
    assert events() == ["state_replayed"]
    assert_filled(client)
    assert Application.objects.exclude(subject="").count() == 1


def test_the_reload_may_be_lost_too(client, way_back):
    for _ in range(3):
        assert lose(client, lambda browser: follow(browser, way_back)).url == FORM
    assert follow(client, way_back).url == FORM
    assert_filled(client)


def test_another_page_in_between_changes_nothing(client, way_back):
    assert_nothing(client)
    assert client.get("/mylibrary/password/reset/").status_code == 200
    follow(client, way_back)
    assert_filled(client)


def test_what_was_typed_comes_back_with_the_card_where_the_callback_is_not_opened_again(
    client, way_back, identity_service
):
    assert_nothing(client)
    identity_service.sign_in(client, typed=PERSON)
    assert_filled(client)
    assert Application.objects.exclude(subject="").count() == 1


def test_it_lasts_some_minutes(client, way_back):
    late = timezone.now() - ANSWER_MAY_BE_LOST
    Session.objects.update(created_at=late + timedelta(seconds=30))
    assert lose(client, lambda browser: follow(browser, way_back)).url == FORM
    Session.objects.update(created_at=late)
    assert_nothing(client, follow(client, way_back))


def test_it_ends_when_the_browser_has_come_with_its_new_key(client, identity_service):
    address = approved(client, identity_service)
    before = copied(client)
    follow(client, address)
    assert_filled(client)
    assert_nothing(before, follow(before, address))
    assert_filled(client)


def test_an_interruption_is_told_again(client, identity_service):
    address = identity_service.cancel(identity_service.start(client, TYPED))
    lose(client, lambda browser: follow(browser, address))
    answer = follow(client, address)
    assert "本人確認を中止しました" in form(client, answer.url)


@pytest.mark.parametrize(
    "stranger", [lambda client: Client(), lambda client: stranger_who_started(client)]
)
def test_the_stolen_address_alone_gives_nothing(client, way_back, stranger):
    other = stranger(client)
    assert_nothing(other, follow(other, way_back))
    follow(client, way_back)
    assert_filled(client)


def stranger_who_started(client):
    other = Client()
    other.post("/myna/start/", {"purpose": "registration"})
    return other


def test_all_the_cookies_of_before_give_nothing_without_the_code(client, way_back):
    """Who planted the session, or started the identification, was never sent the code."""
    thief = copied(client)
    for code in ("", "x", "another"):
        assert_nothing(thief, thief.get(with_code(way_back, code)))
    assert thief.get("/mylibrary/profile/").status_code == 302
    follow(client, way_back)
    assert_filled(client)


def test_a_planted_identification_gives_its_planter_nothing(identity_service):
    """The attacker starts, plants every cookie in the victim's browser and has the victim go on."""
    attacker = Client()
    address = identity_service.start(attacker)
    victim = copied(attacker)
    way_back = identity_service.approve(address, typed=PERSON)
    assert follow(victim, way_back).url == FORM
    # At any time: before the victim's next page, and after.
    for _ in range(2):
        assert_nothing(attacker, attacker.get(with_code(way_back, "guess")))
        assert "満寿代" in form(victim)


def test_nobody_comes_back_after_the_logout(client, identity_service):
    identity_service.sign_in(client, purpose="login")
    address = approved(client, identity_service)
    before = copied(client)
    follow(client, address)
    client.post("/mylibrary/logout/")
    for browser in (before, client):
        assert_nothing(browser, follow(browser, address))


def test_a_cancelled_registration_stays_cancelled(client, way_back):
    follow(client, way_back)
    client.post("/registration/cancel/")
    assert follow(client, way_back).url == FORM
    assert_nothing(client)


@pytest.fixture
def at_the_service(client, identity_service, gate):
    """The way back while the service is slow; `let_go` lets it answer."""
    address = approved(client, identity_service)
    arrived, let_go = threading.Event(), threading.Event()

    def wait(name):
        arrived.set()
        let_go.wait(30)

    gate.passing = wait
    yield address, arrived, let_go
    let_go.set()


@pytest.mark.django_db(transaction=True)
def test_a_second_arrival_waits_for_the_first_and_takes_over(client, at_the_service):
    """Reloaded while the service is asked: the browser gets the second answer, never the first."""
    address, arrived, let_go = at_the_service
    first = copied(client)

    def arrive():
        try:
            return follow(first, address)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(arrive)
        assert arrived.wait(30)
        waiting = follow(client, address)
        assert (waiting.status_code, waiting["Refresh"]) == (200, "2")
        assert waiting["Cache-Control"] == "no-store"
        assert "確かめています" in waiting.content.decode()
        let_go.set()
        assert going.result(10).url == FORM
    assert follow(client, address).url == FORM
    assert_filled(client)


def test_nobody_waits_for_a_process_that_was_killed(client, identity_service, settings):
    address = approved(client, identity_service)
    now = timezone.now()
    AuthRequest.objects.update(consumed_at=now, nonce="", code_verifier="")
    assert follow(client, address)["Refresh"] == "2"
    AuthRequest.objects.update(consumed_at=now - timedelta(minutes=1))
    assert follow(client, address).url == FORM
    assert f'value="{TYPED["email"]}"' in form(client)


@pytest.mark.django_db(transaction=True)
def test_of_many_reloads_at_once_each_leads_on(client, way_back):
    """Whichever answer is the one that the browser takes."""
    browsers = [copied(client) for _ in range(4)]

    def arrive(browser):
        try:
            return follow(browser, way_back).url
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(arrive, browsers)) == {FORM}
    for browser in browsers:
        assert_filled(browser)


@pytest.mark.django_db(transaction=True)
def test_where_the_identity_cannot_be_stored_what_was_typed_is_still_the_browsers(
    client, identity_service, monkeypatch
):
    """The session has its new key by then, and the answer is a 503: nobody is told that key."""
    monkeypatch.setattr(patience, "WAIT_SECONDS", 4.0)
    address = approved(client, identity_service)
    client.raise_request_exception = False
    there = connection.get_connection_params()
    names = there.keys() & {"dbname", "user", "password", "host", "port"}
    with psycopg.connect(**{name: there[name] for name in names}) as held:
        held.execute("LOCK TABLE registration_application IN EXCLUSIVE MODE")
        assert follow(client, address).status_code == 503
    assert follow(client, address)["Refresh"] == "2"
    AuthRequest.objects.update(consumed_at=timezone.now() - timedelta(minutes=1))
    assert follow(client, address).url == FORM
    assert f'value="{TYPED["email"]}"' in form(client)
