"""What goes to the service, what comes back, and which keys it is checked with."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.utils import timezone

from demo.simulator.cards import CARDS
from myna_auth import keysets
from myna_auth.claims import VerifiedIdentity
from myna_auth.models import AuthRequest, ProviderKeySet
from tests.identity import CLIENT_ID, follow

pytestmark = pytest.mark.django_db

TARO = CARDS["oita-taro"]


def test_the_identity_arrives_byte_for_byte(client, identity_service, probe, events):
    response = identity_service.sign_in(client)

    assert (response.status_code, response["Location"]) == (302, "/done/")
    assert probe.calls[-1] == (
        "complete",
        VerifiedIdentity(
            issuer=identity_service.issuer,
            subject=TARO.subject,
            name="大分 太郎",
            birth_date="20130720",
            address="大分県大分市金池南1丁目5番1号",
        ),
    )
    assert events() == ["started", "identified"]


@pytest.mark.parametrize("key", ["variant-kanji", "foreign", "unknown-birthday", "centenarian"])
def test_unusual_people_are_people(client, identity_service, probe, key):
    identity_service.sign_in(client, card=key)

    _, identity = probe.calls[-1]
    card = CARDS[key]
    assert (identity.name, identity.birth_date, identity.address) == (
        card.name,
        card.birthdate,
        card.address,
    )


def test_the_answer_leaves_no_trace_in_caches_and_referrers(client, identity_service, probe):
    response = identity_service.sign_in(client)

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "?" not in response["Location"]


def test_the_session_gets_a_new_key_on_success(client, identity_service, probe):
    address = identity_service.start(client)
    before = client.session.session_key
    follow(client, identity_service.approve(address))

    assert client.session.session_key != before


def test_the_authorization_request_is_what_the_service_lists(client, identity_service, probe):
    query = parse_qs(urlsplit(identity_service.start(client)).query)

    assert set(query) == {
        "response_type",
        "scope",
        "client_id",
        "redirect_uri",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    # No acr_values and no further scope: a signature certificate is never asked for.
    assert query["scope"] == ["openid name address birthdate"]
    assert query["client_id"] == [CLIENT_ID]
    assert query["code_challenge_method"] == ["S256"]


def test_state_and_browser_are_stored_as_hashes(client, identity_service, probe):
    query = parse_qs(urlsplit(identity_service.start(client)).query)
    request = AuthRequest.objects.get()

    assert query["state"][0] not in (request.state_hash, request.browser_hash)
    assert client.session["myna_browser_secret"] != request.browser_hash


def test_typed_fields_reach_the_purpose_before_the_browser_leaves(client, identity_service, probe):
    identity_service.start(client, {"phone": "0970000000"})

    assert probe.calls == [("begin", {"phone": "0970000000"})]


def test_an_unreachable_service_is_an_outage(client, identity_service, probe, settings, events):
    settings.MYNA_TOKEN_ENDPOINT = "http://127.0.0.1:1/token"

    response = identity_service.sign_in(client)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events() == ["started", "token_connection"]


def test_a_key_rotated_just_before_signing_is_learnt(client, identity_service, probe):
    identity_service.sign_in(client)
    known = ProviderKeySet.objects.get().document
    identity_service.sign_in(client, fault="rotate")

    assert probe.calls[-1][0] == "complete"
    new, old = (
        {key["kid"] for key in json.loads(document)["keys"]}
        for document in (ProviderKeySet.objects.get().document, known)
    )
    assert len(new - old) == 1


def test_a_replaced_key_without_a_name_is_learnt(client, identity_service, probe):
    identity_service.sign_in(client, fault="single_key")
    identity_service.configure(rotate=True)
    identity_service.sign_in(client, fault="single_key")

    assert [call[0] for call in probe.calls if call[0] != "begin"] == ["complete", "complete"]


def test_unknown_keys_drain_one_bucket(client, identity_service, gate, probe, events):
    for _ in range(7):
        identity_service.sign_in(client, fault="unknown_kid")
    assert gate.counts["certs"] == 5
    bucket = ProviderKeySet.objects.get()
    assert bucket.fetches_left < 1

    bucket.counted_at -= timedelta(seconds=10)
    bucket.save()
    for _ in range(3):
        identity_service.sign_in(client, fault="unknown_kid")

    assert gate.counts["certs"] == 6
    assert set(events()) == {"started", "kid_unknown"}


def test_an_empty_bucket_and_no_keys_are_an_outage(
    client, identity_service, gate, probe, settings, events
):
    ProviderKeySet.objects.create(uri=settings.MYNA_JWKS_URI, fetches_left=0)

    response = identity_service.sign_in(client)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events() == ["started", "jwks_bucket"]
    assert gate.counts["certs"] == 0
    assert AuthRequest.objects.get().consumed_at is not None


def test_a_key_of_ours_that_cannot_be_read_is_an_outage(
    client, identity_service, gate, probe, settings, events
):
    way_back = identity_service.approve(identity_service.start(client))
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE += ".moved"

    response = follow(client, way_back)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events() == ["started", "client_key"]
    assert not gate.passed
    assert AuthRequest.objects.get().consumed_at is not None


def test_old_keys_outlive_an_outage_of_the_key_endpoint(
    client, identity_service, probe, monkeypatch
):
    identity_service.sign_in(client)
    monkeypatch.setattr(keysets, "FRESH", timedelta(0))
    identity_service.configure(replies={"jwks": "500"})
    identity_service.sign_in(client)

    assert [call[0] for call in probe.calls].count("complete") == 2


def test_fresh_keys_are_asked_of_nobody(client, identity_service, probe):
    identity_service.sign_in(client)
    ProviderKeySet.objects.all().delete()
    identity_service.configure(replies={"jwks": "500"})
    identity_service.sign_in(client)

    assert [call[0] for call in probe.calls].count("complete") == 2


def test_keys_are_not_gone_by_for_long(client, identity_service, probe, monkeypatch, events):
    monkeypatch.setattr(keysets, "REMEMBERED_SECONDS", 0)
    identity_service.sign_in(client)
    ProviderKeySet.objects.all().delete()
    identity_service.configure(replies={"jwks": "500"})
    identity_service.sign_in(client)

    assert events() == ["started", "identified", "started", "jwks_500"]


def test_a_rotation_that_another_process_learnt_needs_no_fetch(client, identity_service, probe):
    identity_service.sign_in(client)
    identity_service.configure(rotate=True)
    learnt = requests.get(f"{identity_service.issuer}/protocol/openid-connect/certs", timeout=30)
    ProviderKeySet.objects.update(
        document=learnt.text, fetched_at=timezone.now(), fetches_left=0, counted_at=timezone.now()
    )
    identity_service.sign_in(client)

    assert [call[0] for call in probe.calls].count("complete") == 2
