"""Every way an identification can end, walked over real HTTP with really signed tokens.

The rows follow the OpenID conformance suite's client plan and add ours. Each starts at our form
with typed fields, goes through the service's pages, and ends on the page the person sees.
"""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils.html import escape

from demo.simulator.faults import FAULTS
from registration.application.models import Application
from tests.myna_auth.people import (
    PERSON,
    TYPED,
    assert_database_knows_nobody,
    assert_first_request_is_spent,
    assert_log_knows_nobody,
    assert_session_knows_nobody,
)
from tests.myna_auth.walks import (
    Walk,
    cancelling_on_the_page,
    into_another_browser,
    into_another_browser_that_started_too,
    through_the_card,
    too_late,
    with_a_second_code,
    without_parameters,
)

pytestmark = pytest.mark.django_db
FORM = "/registration/"
SAYS = {
    "cancelled": (
        "本人確認を中止しました",
        "登録は行われていません。続ける場合は、もう一度【マイナンバー読込】を押してください。",
        "暗証番号を忘れた方やロックされた方は、お住まいの市町村の窓口で再設定できます。",
    ),
    "unavailable": (
        "本人確認サービスに接続できません",
        "デジタル庁のサービスから応答がありません。登録は行われていません。",
        "時間をおいて、もう一度お試しください。窓口でも登録できます。",
        "もう一度試す",
        "窓口のご案内",
    ),
    "expired": (
        "本人確認の時間が過ぎました",
        "続ける場合は、もう一度【マイナンバー読込】を押してください。",
    ),
    "rejected": (
        "本人確認ができませんでした",
        "登録は行われていません。もう一度【マイナンバー読込】を押してください。",
        "窓口のご案内",
    ),
    "other browser": (
        "この画面では続けられません",
        "手続きを始めた画面と違うブラウザで開かれました。登録は行われていません。",
        "SafariまたはChromeで図書館のホームページを開き、はじめからやり直してください。",
    ),
}


@dataclass(frozen=True)
class Reject:
    """What the person reads, the reason in the log, and how the row is walked.

    `spent` is false where the answer does not name a request of ours, which then stays open.
    """

    page: str
    reason: str
    fault: str = "none"
    walk: Walk = through_the_card
    spent: bool = True


def rejected(reason: str, fault: str) -> Reject:
    return Reject("rejected", reason, fault)


def unavailable(reason: str, fault: str) -> Reject:
    return Reject("unavailable", reason, fault)


REJECTS = {
    # the ID token's claims
    "invalid iss": rejected("id_token_iss", "wrong_iss"),
    "missing iss": rejected("id_token_iss", "missing_iss"),
    "missing sub": rejected("claim_sub_missing", "missing_sub"),
    "empty sub": rejected("claim_sub_missing", "empty_sub"),
    "endless sub": rejected("claim_sub_too_long", "long_sub"),
    "invalid aud": rejected("id_token_aud", "wrong_aud"),
    "missing aud": rejected("id_token_aud", "missing_aud"),
    "aud is a number": rejected("id_token_aud", "aud_number"),
    "array aud with a stranger": rejected("id_token_aud", "untrusted_aud"),
    "azp of a stranger": rejected("id_token_azp", "wrong_azp"),
    "missing iat": rejected("id_token_iat_missing", "missing_iat"),
    "iat is text": rejected("id_token_iat", "iat_text"),
    "iat in the future": rejected("id_token_iat_future", "iat_future"),
    "missing exp": rejected("id_token_exp_missing", "missing_exp"),
    "exp is text": rejected("id_token_exp", "exp_text"),
    "exp is a list": rejected("id_token_exp", "exp_list"),
    "expired": rejected("id_token_expired", "expired_token"),
    "not yet valid": rejected("id_token_not_yet_valid", "not_yet_valid"),
    "wrong nonce": rejected("id_token_nonce", "wrong_nonce"),
    "missing nonce": rejected("id_token_nonce", "missing_nonce"),
    "bad at_hash": rejected("id_token_at_hash", "bad_at_hash"),
    # signatures and keys
    "bad signature": rejected("id_token_signature", "bad_signature"),
    "alg none": rejected("id_token_form", "alg_none"),
    "alg none with a signature": rejected("id_token_alg", "alg_none_signed"),
    "HS256 with the public key": rejected("id_token_alg", "alg_hs256"),
    "RS256 when ES256 is configured": rejected("id_token_alg", "alg_rs256"),
    "wrong curve": rejected("kid_unknown", "wrong_curve"),
    "unknown kid": rejected("kid_unknown", "unknown_kid"),
    "kid absent with several keys": rejected("kid_missing", "missing_kid"),
    "one kid for two keys": rejected("kid_ambiguous", "double_kid"),
    "the key is for encryption": rejected("kid_unknown", "encryption_key"),
    "no keys": rejected("kid_unknown", "jwks_empty"),
    "keys are not JSON": unavailable("jwks_not_json", "jwks_garbage"),
    "keys are not a list": unavailable("jwks_malformed", "jwks_malformed"),
    "huge keys": unavailable("jwks_huge", "jwks_huge"),
    "keys 500": unavailable("jwks_500", "jwks_500"),
    "keys timeout": unavailable("jwks_timeout", "jwks_timeout"),
    # UserInfo
    "userinfo sub mismatch": rejected("userinfo_sub", "userinfo_sub"),
    "userinfo without sub": rejected("userinfo_sub", "missing_userinfo_sub"),
    "missing address": rejected("claim_address_missing", "missing_address"),
    "missing name": rejected("claim_name_missing", "missing_name"),
    "empty name": rejected("claim_name_missing", "empty_name"),
    "NUL in the name": rejected("claim_name_characters", "nul_in_name"),
    "missing birthdate": rejected("claim_birthdate_missing", "missing_birthdate"),
    "absurd birthdate": rejected("claim_birthdate_absurd", "absurd_birthdate"),
    "birthdate in the future": rejected("claim_birthdate_absurd", "future_birthdate"),
    "userinfo 401": unavailable("userinfo_401", "userinfo_401"),
    "userinfo 500": unavailable("userinfo_500", "userinfo_500"),
    "userinfo timeout": unavailable("userinfo_timeout", "userinfo_timeout"),
    "userinfo is HTML": unavailable("userinfo_not_json", "userinfo_html"),
    "userinfo is a signed JWT": unavailable("userinfo_not_json", "userinfo_jwt"),
    "huge userinfo": unavailable("userinfo_huge", "userinfo_huge"),
    # the token endpoint
    "token 400": unavailable("token_400", "token_400"),
    "token 401": unavailable("token_401", "token_401"),
    "token 429": unavailable("token_429", "token_429"),
    "token 500": unavailable("token_500", "token_500"),
    "token timeout": unavailable("token_timeout", "token_timeout"),
    "token byte by byte": unavailable("token_timeout", "token_drip"),
    "HTML instead of JSON": unavailable("token_not_json", "token_html"),
    "a list instead of an object": unavailable("token_not_json", "token_list"),
    "empty body": unavailable("token_not_json", "token_empty"),
    "huge body": unavailable("token_huge", "token_huge"),
    "compressed body": unavailable("token_encoding", "token_gzip"),
    "redirect from the token endpoint": unavailable("token_redirect", "token_redirect"),
    "another token_type": rejected("token_type", "wrong_token_type"),
    "missing id_token": rejected("id_token_missing", "missing_id_token"),
    "missing access token": rejected("access_token_missing", "missing_access_token"),
    "line break in the access token": rejected("access_token_missing", "broken_access_token"),
    # the callback
    "cancelled in the app": Reject("cancelled", "cancelled", "cancel"),
    "cancelled on the page": Reject("cancelled", "cancelled", walk=cancelling_on_the_page),
    "outage": unavailable("callback_temporarily_unavailable", "outage"),
    "code and error together": rejected("callback_code_and_error", "code_and_error"),
    "missing code": rejected("callback_code", "missing_code"),
    "a code never issued": unavailable("token_400", "wrong_code"),
    "two codes": Reject("rejected", "callback_repeated_parameter", walk=with_a_second_code),
    "another iss": rejected("callback_iss", "wrong_callback_iss"),
    "late callback": Reject("expired", "request_expired", walk=too_late),
    "missing state": Reject("other browser", "state_missing", "missing_state", spent=False),
    "unknown state": Reject("other browser", "state_unknown", "wrong_state", spent=False),
    "no parameters": Reject("other browser", "state_missing", walk=without_parameters, spent=False),
    "no state in the session": Reject("other browser", "no_session", walk=into_another_browser),
    "state of another browser": Reject(
        "other browser", "other_browser", walk=into_another_browser_that_started_too
    ),
}


@pytest.mark.parametrize("name", REJECTS)
def test_reject(client, identity_service, settings, events, caplog, name):
    row = REJECTS[name]
    if row.reason.endswith("_timeout"):
        settings.MYNA_TIMEOUT_SECONDS = 2.0

    browser, response = row.walk(client, identity_service, row.fault)

    # One event, with the reason.
    assert [event for event in events() if event != "started"] == [row.reason]
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert_nobody_is_known(browser, caplog)
    if row.spent:
        assert_first_request_is_spent()
    html = page_after(browser, response, row)
    assert [text for text in SAYS[row.page] if text not in html] == []
    assert not [value for value in PERSON.values() if value in html]
    if row.page != "other browser":
        # Nothing typed before the start is lost.
        assert [v for v in TYPED.values() if v != "phone" and f'value="{v}"' not in html] == []
        assert '<option value="phone" selected>' in html
    # The same answer again gives nothing either.
    again = browser.get(f"{response.wsgi_request.path}?{response.wsgi_request.GET.urlencode()}")
    assert again.status_code in (302, 400)
    if row.spent:
        assert events()[-1] == (row.reason if row.page == "other browser" else "state_replayed")
    assert_nobody_is_known(browser, caplog)


def assert_nobody_is_known(browser, caplog):
    assert_database_knows_nobody()
    assert_session_knows_nobody(browser)
    assert_log_knows_nobody(caplog.records)


def page_after(browser, response, row):
    if row.page == "other browser":
        assert response.status_code == 400
        return response.content.decode()
    assert (response.status_code, response.url) == (302, f"{FORM}?interrupted={row.page}")
    page = browser.get(response.url)
    assert page.status_code == 200
    return page.content.decode()


ACCEPTS = {
    "normal": "none",
    "slow answers": "slow",
    "kid absent with a single key": "single_key",
    "rotation just before signing": "rotate",
    "array aud of us alone": "array_aud",
    "neither at_hash nor azp": "few_claims",
    "address is an object": "address_object",
    "birthdate with dashes": "dashed_birthdate",
    "no iss in the callback": "missing_callback_iss",
    "userinfo fails once": "userinfo_500_once",
}


@pytest.mark.parametrize("name", ACCEPTS)
def test_accept(client, identity_service, events, caplog, name):
    if name == "slow answers":
        identity_service.configure(delay_ms=300)
    if name == "rotation just before signing":
        identity_service.sign_in(Client())
    before = len(events())

    _, response = through_the_card(
        client, identity_service, "none" if name == "slow answers" else ACCEPTS[name]
    )

    assert events()[before:] == ["started", "identified"]
    assert_identified(client, response)
    assert_session_knows_nobody(client)
    assert_log_knows_nobody(caplog.records)


def test_every_fault_of_the_simulator_has_a_row():
    assert {row.fault for row in REJECTS.values()} | set(ACCEPTS.values()) == set(FAULTS)


def test_accept_key_rotation(client, identity_service):
    identity_service.sign_in(Client(), card="beppu")
    identity_service.configure(rotate=True, forget_old_keys=True)

    _, response = through_the_card(client, identity_service, "none")

    assert_identified(client, response)


def assert_identified(client, response):
    """The form shows the person, and the draft has each claim byte for byte."""
    assert (response.status_code, response.url) == (302, FORM)
    html = client.get(FORM).content.decode()
    assert "満寿代" in html
    assert escape(PERSON["address"]) in html
    draft = Application.objects.get(pk=client.session["registration_draft"])
    assert (draft.name, draft.birth_date, draft.address, draft.subject) == tuple(PERSON.values())
    assert draft.email == TYPED["email"]
    # The same look that finds nobody after a reject finds somebody who is there.
    with pytest.raises(AssertionError):
        assert_database_knows_nobody()
