"""The whole way through the simulated service, and what each of its faults does."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from myna_auth.claims import VerifiedIdentity
from myna_auth.models import AuthRequest, ProviderKeySet
from myna_auth.simulator.cards import CARDS
from oita_library.logs import JsonFormatter
from tests.identity import CLIENT_ID, follow

pytestmark = pytest.mark.django_db

TARO = CARDS["oita-taro"]


def assert_nothing_kept(client, caplog):
    """No identity in the session, the request spent and emptied, nothing personal in any log."""
    assert set(client.session.keys()) <= {"myna_browser_secret"}
    request = AuthRequest.objects.get()
    assert request.consumed_at is not None
    assert (request.nonce, request.code_verifier) == ("", "")
    assert_silent(caplog)


def assert_silent(caplog):
    formatter = JsonFormatter()
    lines = (formatter.format(record) + record.getMessage() for record in caplog.records)
    # The walk through the service's pages is the test's own browser, not our log.
    log = "\n".join(line for line in lines if "/openid-connect/auth?" not in line)
    secrets = (TARO.name, TARO.birthdate, TARO.address, TARO.subject, "eyJ", "code=", "state=")
    assert [value for value in secrets if value in log] == []


def test_the_identity_arrives_byte_for_byte(client, identity_service, probe, events, caplog):
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
    assert_nothing_kept(client, caplog)


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


FAULTS = {
    "cancel": ("cancelled", "cancelled"),
    "outage": ("unavailable", "callback_temporarily_unavailable"),
    "code_and_error": ("rejected", "callback_code_and_error"),
    "wrong_callback_iss": ("rejected", "callback_iss"),
    "token_400": ("unavailable", "token_400"),
    "token_401": ("unavailable", "token_401"),
    "token_429": ("unavailable", "token_429"),
    "token_500": ("unavailable", "token_500"),
    "token_html": ("unavailable", "token_not_json"),
    "token_huge": ("unavailable", "token_huge"),
    "token_redirect": ("unavailable", "token_redirect"),
    "wrong_nonce": ("rejected", "id_token_nonce"),
    "missing_nonce": ("rejected", "id_token_nonce"),
    "wrong_iss": ("rejected", "id_token_iss"),
    "wrong_aud": ("rejected", "id_token_aud"),
    "missing_sub": ("rejected", "claim_sub_missing"),
    "expired_token": ("rejected", "id_token_expired"),
    "bad_at_hash": ("rejected", "id_token_at_hash"),
    "bad_signature": ("rejected", "id_token_signature"),
    "alg_none": ("rejected", "id_token_form"),
    "alg_hs256": ("rejected", "id_token_alg"),
    "unknown_kid": ("rejected", "kid_unknown"),
    "userinfo_sub": ("rejected", "userinfo_sub"),
    "userinfo_500": ("unavailable", "userinfo_500"),
    "userinfo_html": ("unavailable", "userinfo_not_json"),
    "missing_address": ("rejected", "claim_address_missing"),
    "empty_name": ("rejected", "claim_name_missing"),
    "nul_in_name": ("rejected", "claim_name_characters"),
    "absurd_birthdate": ("rejected", "claim_birthdate_absurd"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_service_leaves_nothing(
    client, identity_service, probe, events, caplog, fault
):
    interruption, reason = FAULTS[fault]

    response = identity_service.sign_in(client, fault=fault)

    assert response["Location"] == f"/interrupted/{interruption}/"
    assert response["Cache-Control"] == "no-store"
    assert events() == ["started", reason]
    assert_nothing_kept(client, caplog)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("token_timeout", "token_timeout"),
        ("token_drip", "token_timeout"),
        ("userinfo_timeout", "userinfo_timeout"),
    ],
)
def test_a_service_that_does_not_answer_is_given_up(
    client, identity_service, probe, settings, events, caplog, fault, reason
):
    settings.MYNA_TIMEOUT_SECONDS = 0.5
    begun = timezone.now()

    response = identity_service.sign_in(client, fault=fault)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events() == ["started", reason]
    assert (timezone.now() - begun).total_seconds() < 2.5
    assert_nothing_kept(client, caplog)


def test_an_unreachable_service_is_an_outage(client, identity_service, probe, settings, events):
    settings.MYNA_TOKEN_ENDPOINT = "http://127.0.0.1:1/token"

    response = identity_service.sign_in(client)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events() == ["started", "token_connection"]


def test_cancelling_on_the_page_comes_back_calmly(client, identity_service, probe, events):
    response = follow(client, identity_service.cancel(identity_service.start(client)))

    assert response["Location"] == "/interrupted/cancelled/"
    assert events() == ["started", "cancelled"]


def test_a_key_rotated_just_before_signing_is_learnt(client, identity_service, probe):
    identity_service.sign_in(client)
    known = ProviderKeySet.objects.get().document
    identity_service.sign_in(client, fault="rotate")

    assert probe.calls[-1][0] == "complete"
    assert len(json.loads(ProviderKeySet.objects.get().document)["keys"]) > len(
        json.loads(known)["keys"]
    )


def test_unknown_keys_drain_one_bucket(client, identity_service, probe, events):
    for _ in range(7):
        identity_service.sign_in(client, fault="unknown_kid")

    assert ProviderKeySet.objects.get().fetches_left < 1
    assert set(events()) == {"started", "kid_unknown"}


def test_without_keys_nobody_is_identified(client, identity_service, probe, events):
    identity_service.configure(fault="jwks_500")
    response = identity_service.sign_in(client)

    assert response["Location"] == "/interrupted/unavailable/"
    assert events()[-1] == "jwks_500"


def test_old_keys_outlive_an_outage_of_the_key_endpoint(client, identity_service, probe):
    identity_service.sign_in(client)
    ProviderKeySet.objects.update(fetched_at=timezone.now() - timedelta(hours=2))
    identity_service.configure(fault="jwks_500")
    identity_service.sign_in(client)

    assert [call[0] for call in probe.calls].count("complete") == 2
