"""The simulator refuses what the real service would refuse."""

import base64
import hashlib
import secrets
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from jose import jws
from jose.backends.cryptography_backend import CryptographyECKey

from myna_auth.keys import client_assertion, load_client_key, new_private_key
from myna_auth.provider import Provider
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
        timeout=30,
    )


@pytest.fixture
def code(service):
    address = requests.Request("GET", authorize(service).url).prepare().url
    return parse_qs(urlsplit(service.approve(address)).query)["code"][0]


def token_form(code, /, **changes):
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK_URL,
        "client_id": CLIENT_ID,
        "code_verifier": VERIFIER,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": client_assertion(Provider.from_settings()),
    } | changes


def exchange(code, /, **changes):
    form = token_form(code, **changes)
    return requests.post(Provider.from_settings().token_endpoint, data=form, timeout=30)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"redirect_uri": CALLBACK_URL + "?x=1"},
        {"redirect_uri": CALLBACK_URL.upper()},
        {"redirect_uri": CALLBACK_URL.replace("localhost", "127.0.0.1")},
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
        {"nonce": "n" * 256},
        {"code_challenge": None},
        {"code_challenge": CHALLENGE + "="},
        {"code_challenge": CHALLENGE[:-1]},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"prompt": "login"},
        {"ui_locales": "ja"},
        {"max_age": "0"},
        {"login_hint": "x"},
        {"response_mode": "form_post"},
        {"scope": ""},
        {"scope": None},
        {"state": ["one", "two"]},
    ],
)
def test_a_request_outside_the_list_is_sent_back_as_an_error(service, changes):
    location = authorize(service, **changes).headers["Location"]

    assert location.startswith(CALLBACK_URL)
    answer = parse_qs(urlsplit(location).query)
    assert answer["error"]
    assert answer["iss"] == [service.issuer]
    assert "code" not in answer


@pytest.mark.parametrize(
    "changes",
    [
        {"acr_values": "aal3"},
        {"scope": "openid"},
        {"scope": "birthdate gender address name openid"},
        {"state": " ~" + "s" * 253},
    ],
)
def test_what_the_list_allows_is_allowed(service, changes):
    assert "マイナンバーカードで本人確認" in authorize(service, **changes).text


def test_the_answer_names_state_issuer_and_a_code(service):
    answer = parse_qs(urlsplit(service.approve(authorize(service).url)).query)

    assert set(answer) == {"code", "state", "session_state", "iss"}
    assert (answer["state"], answer["iss"]) == (["state"], [service.issuer])


def test_a_code_works_once(service, code):
    assert exchange(code).status_code == 200
    assert exchange(code).json()["error"] == "invalid_grant"


def test_a_second_use_of_the_code_ends_the_first_ones_token(service, code):
    token = exchange(code).json()["access_token"]
    exchange(code)

    assert userinfo(token).status_code == 401


def userinfo(token):
    endpoint = Provider.from_settings().userinfo_endpoint
    return requests.get(endpoint, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"code_verifier": "あ" * 64}, "invalid_grant"),
        ({"code_verifier": [VERIFIER, VERIFIER]}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
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


def test_a_failed_exchange_spends_the_code(service, code):
    assert exchange(code, code_verifier="w" * 64).status_code == 400

    assert exchange(code).json()["error"] == "invalid_grant"


def test_an_assertion_works_once(service, code):
    assertion = client_assertion(Provider.from_settings())
    exchange("unknown", client_assertion=assertion)

    answer = exchange(code, client_assertion=assertion).json()
    assert "jti was used before" in answer["error_description"]


def forged_assertion(kid=None, key=None, **changes):
    provider = Provider.from_settings()
    ours = load_client_key(provider)
    now = int(time.time())
    claims = {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": provider.token_endpoint,
        "jti": secrets.token_urlsafe(),
        "iat": now,
        "exp": now + 60,
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": kid or ours.public_jwk["kid"]}
    return jws.sign(claims, key or ours.key, headers=headers, algorithm="ES256")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"sub": "another"},
        {"aud": "https://other.example"},
        {"aud": None},
        {"jti": None},
        {"iat": None},
        {"exp": None},
        {"kid": "another"},
        {"key": CryptographyECKey(new_private_key("ES256").decode(), "ES256")},
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


def test_the_keys_rotate_and_the_last_ones_stay_published(service):
    kids = []
    for _ in range(8):
        service.configure(rotate=True)
        kids.insert(0, published(service)[0]["kid"])

    assert [key["kid"] for key in published(service)] == kids[:5]
    assert len(set(kids)) == 8
    service.configure(forget_old_keys=True)
    assert [key["kid"] for key in published(service)] == kids[:1]


def published(service):
    url = f"{service.issuer}/protocol/openid-connect/certs"
    return requests.get(url, timeout=30).json()["keys"]


def test_discovery_names_the_endpoints_the_client_uses(service):
    document = requests.get(f"{service.issuer}/.well-known/openid-configuration", timeout=30).json()
    provider = Provider.from_settings()

    for name in ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint"):
        assert document[name] == getattr(provider, name)
    assert document["jwks_uri"] == provider.jwks_uri


def test_userinfo_gives_what_the_scope_asks_for(service):
    address = authorize(service, scope="openid name").url
    code = parse_qs(urlsplit(service.approve(address)).query)["code"][0]

    claims = userinfo(exchange(code).json()["access_token"]).json()

    assert set(claims) == {"sub", "name"}
    assert userinfo("unknown").status_code == 401
