"""What strangers can have stored: little, for an hour, and from one network so much at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import throttle
from accounts.buckets import Limit
from accounts.models import LoginBucket, Session
from myna_auth.models import AuthRequest
from patrons.services import user_for
from registration import retention as expiry_services
from registration.application import services
from registration.application.enums import ApplicationState as State
from registration.application.models import Application, ApplicationTransition
from tests.patrons.people import imported_patron
from tests.registration.support import FORM, TYPED, draft_of, identify, text

pytestmark = pytest.mark.django_db
START = "/myna/start/"
CANCEL = "/registration/cancel/"
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.1"}


@pytest.fixture
def narrow(monkeypatch):
    """Let three drafts be begun from each address."""
    limits = throttle.WRITES._replace(address=Limit(3, timedelta(seconds=90)))
    monkeypatch.setattr(throttle, "WRITES", limits)


def start(client: Client | None = None, purpose: str = "registration", **extra: str):
    return (client or Client()).post(START, TYPED | {"purpose": purpose}, **extra)


def stored() -> list[int]:
    """Return how many rows there are that somebody who is unknown can bring about."""
    models = (Application, ApplicationTransition, AuthRequest, Session, LoginBucket)
    return [model.objects.count() for model in models]


@pytest.mark.parametrize("typed", [{}, TYPED])
def test_looking_at_the_form_and_sending_it_without_a_card_stores_nothing(client, typed):
    assert client.get(FORM).status_code == 200
    assert client.post(FORM, typed).status_code == 422
    assert client.post(CANCEL).status_code == 200
    assert client.post("/registration/reset/").url == FORM
    assert stored() == [0] * 5
    assert "sessionid" not in client.cookies


def test_one_more_than_a_network_may_begin_waits_while_others_go_on(narrow):
    assert [start().status_code for _ in range(3)] == [302] * 3
    before = stored()
    refused = start()
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 90
    assert "2分ほど待ってから" in text(refused)
    assert 'href="/counter/"' in text(refused)
    assert stored() == before
    assert start(**ELSEWHERE).status_code == 302


def test_nothing_typed_is_lost_by_waiting(narrow):
    for _ in range(3):
        start()
    browser = Client()
    page = start(browser)
    for typed in ("オオイタ", "タロウ", "8700000", "0970000000", "oita@oita.co.jp"):
        assert f'value="{typed}"' in text(page)
    assert f'action="{FORM}"' in text(page)
    # Else Chromium would not let the button lead on to the card.
    assert "127.0.0.1:8001" in page["Content-Security-Policy"]
    LoginBucket.objects.all().delete()
    assert start(browser).status_code == 302


def test_a_draft_under_way_is_kept_as_it_was(narrow, client):
    draft = identify(client)
    for _ in range(3):
        start()
    assert start(client).status_code == 429
    assert draft_of(client) == draft
    assert draft_of(client).phone == ""


@pytest.mark.parametrize("purpose", ["login", "recover", "link", "refresh"])
def test_every_trip_to_the_identity_service_counts(narrow, purpose):
    for _ in range(3):
        assert start(purpose=purpose).status_code == 302
    page = start(purpose=purpose)
    assert page.status_code == 429
    assert "2分ほど待ってから" in text(page)
    assert 'href="/counter/"' in text(page)
    assert start(purpose=purpose, **ELSEWHERE).status_code == 302


def test_passkeys_challenges_count_as_well(narrow):
    address = "/mylibrary/login/passkey/options/"
    answers = [Client().post(address, content_type="application/json") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429]
    assert "ほど待ってから" in answers[-1].json()["message"]


def test_whoever_is_logged_in_does_not_wait_for_neighbours(narrow):
    user = user_for(patron=imported_patron())
    browser = Client()
    browser.force_login(user, backend="patrons.backends.PatronBackend")
    for _ in range(3):
        start()
    assert start().status_code == 429
    assert start(browser, purpose="link").status_code == 302


def test_a_draft_lives_an_hour_before_a_card_is_read_and_leaves_nothing(client):
    start(client)
    draft = draft_of(client)
    left = draft.expires_at - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    hour = timezone.now() + timedelta(hours=1)
    assert expiry_services.purge_expired(now=hour) == (1, 0)
    assert not Application.objects.exists()
    assert not ApplicationTransition.objects.exists()
    assert "前の手続きは終了しました" in text(client.get(FORM))


def test_a_draft_cancelled_before_a_card_is_read_leaves_nothing(client):
    start(client)
    draft = draft_of(client)
    assert client.post(CANCEL).status_code == 200
    assert not Application.objects.exists()
    # A second press of the button, and whatever else is on its way.
    for write in (services.cancel, services.reset, services.register):
        assert write(application_id=draft.pk).state == State.EXPIRED
    assert services.keep_form_values(application_id=draft.pk, typed={}).state == State.STARTED
    assert client.post(CANCEL).status_code == 200


def test_a_draft_found_past_its_time_is_replaced(client):
    start(client)
    draft = draft_of(client)
    Application.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert services.keep_form_values(application_id=draft.pk, typed={}).pk != draft.pk
    assert Application.objects.count() == 1


@pytest.mark.parametrize("identified", [False, True])
def test_a_clock_that_was_ahead_keeps_no_draft_for_longer(client, identified, settings):
    start(client)
    if identified:
        identify(client)
    tomorrow = timezone.now() + timedelta(days=1)
    Application.objects.update(expires_at=tomorrow)
    assert expiry_services.purge_expired() == (0, 0)
    left = draft_of(client).expires_at - timezone.now()
    assert left <= timedelta(minutes=settings.REGISTRATION_DRAFT_MINUTES)
    later = timezone.now() + timedelta(hours=1, minutes=1)
    assert expiry_services.purge_expired(now=later) == (1, 0)
