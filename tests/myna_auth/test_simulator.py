"""The simulator refuses what the real service would refuse, and shows the manual's pages."""

import base64
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.conf import settings as django_settings

from myna_auth.keys import client_assertion
from myna_auth.provider import Provider
from myna_auth.simulator.cards import CARDS
from myna_auth.simulator.faults import FAULTS
from patrons.residency import decide
from tests.identity import CALLBACK_URL, CLIENT_ID

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]


def parameters(**changes):
    values = {
        "response_type": "code",
        "scope": "openid name address birthdate",
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK_URL,
        "state": "state",
        "nonce": "nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture
def service(identity_service):
    return identity_service


def authorize(service, **changes):
    return requests.get(
        f"{service.issuer}/protocol/openid-connect/auth",
        params=parameters(**changes),
        allow_redirects=False,
        timeout=5,
    )


@pytest.fixture
def code(service):
    address = requests.Request("GET", authorize(service).url).prepare().url
    return parse_qs(urlsplit(service.approve(address)).query)["code"][0]


def exchange(code, /, **changes):
    provider = Provider.from_settings()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK_URL,
        "client_id": CLIENT_ID,
        "code_verifier": VERIFIER,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": changes.pop("client_assertion", None) or client_assertion(provider),
    } | changes
    return requests.post(provider.token_endpoint, data=form, timeout=5)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": CALLBACK_URL + "?x=1"},
        {"redirect_uri": CALLBACK_URL.rstrip("/")},
        {"redirect_uri": None},
    ],
)
def test_an_unregistered_client_or_address_gets_a_page_not_a_redirect(service, changes):
    response = authorize(service, **changes)

    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"scope": "name"},
        {"scope": "openid email"},
        {"state": None},
        {"state": "s" * 256},
        {"state": "状態"},
        {"nonce": None},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"prompt": "login"},
        {"state": ["one", "two"]},
    ],
)
def test_a_request_outside_the_list_is_sent_back_as_an_error(service, changes):
    location = authorize(service, **changes).headers["Location"]

    assert location.startswith(CALLBACK_URL)
    assert "error=" in location
    assert "code=" not in location


def test_a_code_works_once(service, code):
    assert exchange(code).status_code == 200
    assert exchange(code).json()["error"] == "invalid_grant"


def test_a_second_use_of_the_code_ends_the_first_ones_token(service, code):
    token = exchange(code).json()["access_token"]
    exchange(code)

    assert userinfo(token).status_code == 401


def userinfo(token):
    endpoint = Provider.from_settings().userinfo_endpoint
    return requests.get(endpoint, headers={"Authorization": f"Bearer {token}"}, timeout=5)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:8000/"}, "invalid_grant"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "another"}, "invalid_client"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_assertion_type": "other"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client"),
    ],
)
def test_a_wrong_token_request_is_refused(service, code, changes, error):
    response = exchange(code, **changes)

    assert response.status_code in (400, 401)
    assert response.json()["error"] == error


def test_an_assertion_works_once(service, code):
    assertion = client_assertion(Provider.from_settings())
    exchange("unknown", client_assertion=assertion)

    answer = exchange(code, client_assertion=assertion).json()
    assert "jti was used before" in answer["error_description"]


def forged_assertion(**changes):
    from jose import jws

    from myna_auth.keys import load_client_key

    provider = Provider.from_settings()
    key = load_client_key(provider)
    now = int(time.time())
    claims = {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": provider.token_endpoint,
        "jti": secrets.token_urlsafe(),
        "iat": now,
        "exp": now + 60,
    } | changes
    return jws.sign(claims, key.key, headers={"kid": key.key_id}, algorithm="ES256")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"sub": "another"},
        {"aud": "https://other.example"},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 86400},
        {"exp": "soon"},
        {"iat": int(time.time()) + 86400},
        {"jti": ""},
    ],
)
def test_a_wrong_assertion_is_refused(service, code, changes):
    answer = exchange(code, client_assertion=forged_assertion(**changes))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_userinfo_gives_what_the_scope_asks_for(service):
    address = authorize(service, scope="openid name").url
    code = parse_qs(urlsplit(service.approve(address)).query)["code"][0]

    claims = userinfo(exchange(code).json()["access_token"]).json()

    assert set(claims) == {"sub", "name"}
    assert userinfo("unknown").status_code == 401


def test_the_manuals_page_is_there_and_says_it_is_a_simulation(service):
    response = authorize(service)
    text = response.text

    for words in (
        "マイナンバーカードで本人確認",
        "マイキープラットフォーム利用規約",
        "マイキープラットフォームプライバシーポリシー",
        "本人確認をキャンセルする",
        "デジタル認証アプリをダウンロード",
        "iOS",
        "Android",
        "模擬",
    ):
        assert words in text
    assert text.count("<svg") == 2
    assert "Set-Cookie" not in response.headers
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert "style=" not in text


@pytest.mark.parametrize("path", ["/", "/terms", "/privacy", "/nowhere", "/card?transaction=x"])
def test_every_page_says_it_is_a_simulation(service, path):
    assert "模擬" in requests.get(service.issuer + path, timeout=5).text


def test_the_cards_say_rightly_who_may_register():
    wrong = [card.key for card in CARDS.values() if decide(card.address).eligible != card.eligible]
    municipalities = {decide(card.address).municipality_name for card in CARDS.values()}

    assert wrong == []
    assert municipalities >= {
        *("大分市", "別府市", "臼杵市", "津久見市", "竹田市", "豊後大野市", "由布市", "日出町")
    }


def test_every_fault_can_be_picked(service):
    page = requests.get(
        f"{service.issuer}/card",
        params={"transaction": service._transaction(authorize(service).text)},
        timeout=5,
    ).text

    assert [name for name in FAULTS if f'value="{name}"' not in page] == []


def test_config_takes_json_only(service):
    response = requests.post(f"{service.issuer}/config", data={"fault": "cancel"}, timeout=5)

    assert response.status_code == 415


def run(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "myna_auth.simulator", "--port=0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=django_settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **environment},
    )


@pytest.mark.parametrize("environment", [{}, {"DEPLOYMENT": "production"}])
def test_it_refuses_to_run_in_production(environment, client_key_file):
    process = run(f"--client-key={client_key_file}", **environment)
    _, errors = process.communicate(timeout=10)

    assert process.returncode == 1
    assert "DEPLOYMENT" in errors


def test_it_stops_at_once_also_with_a_request_under_way(client_key_file):
    process = run(f"--client-key={client_key_file}", DEPLOYMENT="demo")
    issuer = process.stdout.readline().split()[2]
    session = requests.Session()
    assert session.get(f"{issuer}/health", timeout=5).text == "ok"
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=5)
    session.close()

    assert process.returncode == 0
    assert time.monotonic() - begun < 2
