"""What the browser brings back: state, its browser, its time, its person."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from myna_auth.models import AuthRequest
from myna_auth.tasks import purge_requests
from tests.identity import follow

pytestmark = pytest.mark.django_db
CALLBACK = "/myna/callback/"


@pytest.fixture
def way_back(client, identity_service, probe):
    """The address the service sends this browser back to, with a good code."""
    return identity_service.approve(identity_service.start(client))


def assert_own_page(response):
    assert response.status_code == 400
    assert "手続きを始めた画面と違うブラウザで開かれました" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("started_here_too", [True, False])
def test_another_browser_is_refused_and_the_state_is_burnt(
    client, way_back, identity_service, probe, events, started_here_too
):
    other = Client()
    if started_here_too:
        identity_service.start(other)

    assert_own_page(follow(other, way_back))
    response = follow(client, way_back)

    assert response["Location"] == "/repeated/"
    assert "complete" not in [call[0] for call in probe.calls]
    reason = "other_browser" if started_here_too else "no_session"
    assert events()[-2:] == [reason, "state_replayed"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "state_missing"),
        ("code=abc", "state_missing"),
        ("error=access_denied", "state_missing"),
        ("state=short&code=abc", "state_malformed"),
        ("state=%00&code=abc", "state_malformed"),
        ("state=" + "x" * 43 + "&code=abc", "state_unknown"),
        ("state=" + "x" * 5000 + "&code=abc", "state_malformed"),
    ],
)
def test_without_a_state_of_ours_there_is_a_page_of_its_own(
    client, identity_service, probe, events, query, reason
):
    identity_service.start(client)

    assert_own_page(client.get(f"{CALLBACK}?{query}"))
    assert events()[-1] == reason


def changed(address, **changes):
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    query |= changes
    return f"{CALLBACK}?{urlencode({k: v for k, v in query.items() if v is not None})}"


@pytest.mark.parametrize(
    ("changes", "interruption", "reason"),
    [
        ({"code": ""}, "rejected", "callback_code"),
        ({"code": "a b"}, "rejected", "callback_code"),
        ({"code": "x" * 3000}, "rejected", "callback_code"),
        ({"code": None, "error": "invalid_request"}, "unavailable", "callback_error"),
        ({"code": None, "error": "<script>"}, "unavailable", "callback_error"),
        ({"iss": ""}, "rejected", "callback_iss"),
    ],
)
def test_a_tampered_callback_gives_no_identity(
    client, way_back, probe, events, changes, interruption, reason
):
    response = client.get(changed(way_back, **changes))

    assert response["Location"] == f"/interrupted/{interruption}/"
    assert events() == [reason]
    assert AuthRequest.objects.get().consumed_at is not None


def test_unknown_parameters_and_a_missing_iss_are_tolerated(client, way_back, probe):
    response = client.get(changed(way_back, iss=None, session_state=None, extra="1"))

    assert response["Location"] == "/done/"


def test_somebody_else_logged_in_meanwhile_is_refused(client, identity_service, probe, events):
    first, second = (get_user_model().objects.create(username=name) for name in ("one", "two"))
    client.force_login(first)
    way_back = identity_service.approve(identity_service.start(client))
    assert AuthRequest.objects.get().user == first
    session = client.session
    session["_auth_user_id"] = str(second.pk)
    session["_auth_user_hash"] = second.get_session_auth_hash()
    session.save()

    response = follow(client, way_back)

    assert response["Location"] == "/interrupted/rejected/"
    assert events()[-1] == "user_changed"


def test_an_unknown_purpose_is_a_bad_request(client, identity_service, probe):
    response = client.post("/myna/start/", {"purpose": "another"})

    assert response.status_code == 400
    assert not AuthRequest.objects.exists()


@pytest.mark.parametrize("method", ["head", "post"])
def test_only_a_get_spends_the_state(client, way_back, probe, method):
    parts = urlsplit(way_back)
    response = getattr(client, method)(f"{parts.path}?{parts.query}")

    assert response.status_code == 405
    assert AuthRequest.objects.get().consumed_at is None


def test_start_takes_no_get(client, identity_service, probe):
    assert client.get("/myna/start/").status_code == 405


def test_start_needs_the_csrf_token(identity_service, probe):
    assert Client(enforce_csrf_checks=True).post("/myna/start/").status_code == 403


def test_the_worker_sweeps_requests_whose_time_is_over(
    client, identity_service, probe, django_user_model
):
    client.force_login(
        django_user_model.objects.create_user("somebody"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    identity_service.start(client)
    assert AuthRequest.objects.get().user
    assert purge_requests(timestamp=0) == 0
    AuthRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert purge_requests(timestamp=0) == 0
    swept = AuthRequest.objects.get()
    assert (swept.nonce, swept.code_verifier, swept.user) == ("", "", None)
    AuthRequest.objects.update(expires_at=timezone.now() - timedelta(days=1, seconds=1))
    assert purge_requests(timestamp=0) == 1
    assert not AuthRequest.objects.exists()
