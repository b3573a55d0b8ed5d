"""Whatever comes back, in whatever form: never a 500, never an identity that was not proven.

The real registration, the real client, the simulator over HTTP; only what it sends is arbitrary.
"""

import base64
import string
from urllib.parse import quote_from_bytes, urlsplit

import pytest
import requests
from django.test import Client
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from myna_auth.models import AuthRequest, ProviderKeySet
from registration.application.models import Application
from tests.identity import follow
from tests.myna_auth.people import PERSON
from tests.myna_auth.walks import approved

pytestmark = pytest.mark.django_db
CALLBACK = "/myna/callback/"
# Django's limit of 1000 parameters comes before any view; its page says what to do.
TOO_MANY_PARAMETERS = "送られた内容が大きすぎるか、途中で壊れています。"
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([10**400, -1, "", "\0", "\ud800", "あ" * 600, [], {}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.text(string.ascii_lowercase + "_", max_size=6)
HEADER = ("alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "x5c", "b64", "cty")
CLAIMS = ("iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "sub", "acr", "auth_time")
PERSONAL = ("sub", "name", "birthdate", "address", "gender")
ANSWER = ("access_token", "token_type", "id_token", "expires_in", "scope")
JWK = ("kty", "crv", "x", "y", "n", "e", "k", "kid", "use", "alg", "key_ops")


@pytest.fixture
def come_back(client, identity_service, monkeypatch):
    """Let a person come back from a service configured so, and look at where they end."""

    def walk(**options):
        # Every example finds unknown keys to fetch, a full bucket and a draft without a person.
        ProviderKeySet.objects.all().delete()
        Application.objects.all().delete()
        browser = Client()
        identity_service.configure(**({"rotate": True} | options))
        response = follow(browser, approved(browser, identity_service))
        assert_calm(browser, response)
        return Application.objects.exclude(subject="").first()

    yield walk
    identity_service.configure()


def assert_calm(browser, response):
    """The answer is a redirect to a page that works, or a page that says what to do."""
    if response.status_code == 302:
        assert browser.get(response.url).status_code == 200
    else:
        assert response.status_code == 400
        html = response.content.decode()
        assert "この画面では続けられません" in html or TOO_MANY_PARAMETERS in html


RAW = st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.decode("latin-1"))
VALUE = (
    st.binary(max_size=80).map(quote_from_bytes)
    | st.text(string.printable, max_size=80)
    | st.sampled_from(["%", "%zz", "%00", "%ed%a0%80", "%ff", "&", "=", "+", "x" * 9000, "\\u0000"])
)
PARAMETER = st.sampled_from(
    ["state", "code", "error", "iss", "session_state", "error_description", "STATE", "code[]", ""]
)


@hypothesis_settings(max_examples=60)
@given(
    pairs=st.lists(st.tuples(PARAMETER, VALUE), max_size=6),
    ours=st.booleans(),
    separator=st.sampled_from(["&", ";", "&&"]),
)
@example(pairs=[("code", "x")] * 1500, ours=True, separator="&")
@example(pairs=[("state", "%00")] * 2, ours=True, separator="&")
def test_callback_parameters(client, identity_service, pairs, ours, separator):
    query = separator.join(f"{name}={value}" for name, value in pairs)
    if ours:
        address = identity_service.start(client)
        state = next(p for p in urlsplit(address).query.split("&") if p.startswith("state="))
        query = f"{state}&{query}"

    # Given to the server as it is, without the test client's own encoding.
    response = client.get(CALLBACK, QUERY_STRING=query)

    assert_calm(client, response)
    assert not Application.objects.exclude(subject="").exists()


@hypothesis_settings(max_examples=40)
@given(query=RAW)
def test_callback_query_strings(client, query):
    response = client.get(CALLBACK, QUERY_STRING=query.encode("utf-8", "replace").decode("latin-1"))

    assert_calm(client, response)


@hypothesis_settings(max_examples=60)
@given(
    where=st.sampled_from([("header", HEADER), ("id_token", CLAIMS)]),
    data=st.data(),
)
def test_id_tokens(come_back, where, data):
    part, names = where
    name = data.draw(st.sampled_from(names) | NAMES)
    value = data.draw(JSON)

    person = come_back(**{part: {name: value}})

    if person is not None:
        assert accepted(part, name, value)
        assert person.name == PERSON["name"]


def accepted(part, name, value):
    """Return whether a token with this member may still prove who somebody is."""
    if part == "header":
        return name not in ("alg", "crit") and (name != "kid" or value is None)
    if name in ("exp", "iat", "nbf"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return name not in ("iss", "aud", "azp", "nonce", "at_hash", "sub")


@hypothesis_settings(max_examples=40)
@given(name=st.sampled_from(PERSONAL) | NAMES, value=JSON)
def test_userinfo_claims(come_back, name, value):
    person = come_back(userinfo={name: value})

    if person is not None:
        assert name != "sub"
        assert person.subject == PERSON["subject"]
        given_name = value if name == "name" else PERSON["name"]
        assert person.name == given_name


@hypothesis_settings(max_examples=25)
@given(name=st.sampled_from(ANSWER) | NAMES, value=JSON)
def test_token_answers(come_back, name, value):
    person = come_back(token={name: value})

    if person is not None:
        assert name not in ("access_token", "id_token")


DOCUMENT = st.fixed_dictionaries(
    {"keys": st.lists(JSON | st.dictionaries(st.sampled_from(JWK), JSON), max_size=4)}
)


@hypothesis_settings(max_examples=30)
@given(document=JSON | DOCUMENT)
def test_key_sets(come_back, document):
    assert come_back(jwks=document) is None


@hypothesis_settings(max_examples=25)
@given(changes=st.dictionaries(st.sampled_from(JWK), JSON, min_size=1, max_size=3))
def test_our_key_with_changed_members(come_back, identity_service, changes):
    identity_service.configure(rotate=True)
    url = f"{identity_service.issuer}/protocol/openid-connect/certs"
    sound = requests.get(url, timeout=30).json()["keys"][0]

    person = come_back(jwks={"keys": [sound | changes]}, rotate=False)

    if person is not None:
        changed = {name for name, value in changes.items() if value != sound.get(name)}
        assert not changed & {"kty", "crv", "x", "y", "kid", "use", "alg"}


@hypothesis_settings(max_examples=40)
@given(
    endpoint=st.sampled_from(["token", "userinfo", "jwks"]),
    body=st.binary(max_size=200)
    | st.sampled_from(
        [b"", b"\xef\xbb\xbf{}", b"{}", b"null", b"[" * 20000, b"{" * 3, b'"', b"NaN"]
    )
    | st.text(max_size=100).map(lambda text: text.encode("utf-16")),
)
def test_raw_bodies(come_back, endpoint, body):
    assert come_back(bodies={endpoint: base64.b64encode(body).decode()}) is None


def test_the_fuzzed_walk_finds_the_person_when_everything_is_right(come_back):
    assert come_back().subject == PERSON["subject"]
    assert come_back(id_token={"extra": 1}).subject == PERSON["subject"]
    assert AuthRequest.objects.filter(consumed_at=None).count() == 0
