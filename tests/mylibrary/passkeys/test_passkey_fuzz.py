"""Whatever arrives where passkeys are added and used: a sentence, nobody in, never a 500."""

import base64
import hashlib
import json
import string

import cbor2
import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import LoginBucket, Passkey
from accounts.scripts import MAXIMUM_BODY, UNREADABLE
from tests.accounts.authenticator import RP_ID, Authenticator
from tests.mylibrary.mynumber.cards import logged_in_as
from tests.mylibrary.passkeys.passkeys import (
    ADD,
    LOGIN_FINISH,
    LOGIN_OPTIONS,
    OPTIONS,
    add,
    asked_for,
    send,
)

BOTH = pytest.mark.parametrize("address", [ADD, LOGIN_FINISH])
SAYS = {400, 413, 415, 422}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([10**400, "", "\0", "\ud800", "AAAA", "=", "あ" * 600, [], {}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
CBOR = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=200),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers(-4, 4) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=8,
)
BASE64URL = string.ascii_letters + string.digits + "-_"
VALUES = JSON | st.text(BASE64URL, max_size=400)
PARTS = ("id", "rawId", "type", "response", "clientDataJSON")
PARTS_OF_REGISTRATION = (*PARTS, "attestationObject")
PARTS_OF_LOGIN = (*PARTS, "authenticatorData", "signature", "userHandle")
fuzzed = hypothesis_settings(max_examples=80)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def assert_calm(browser: Client, address: str, sent: object, **request: object) -> None:
    """The answer is a sentence, and nothing has happened."""
    LoginBucket.objects.all().delete()
    before = logged_in_as(browser), Passkey.objects.count()
    answer = send(browser, address, sent, **request)
    assert answer.status_code in SAYS, answer.content.decode()
    assert answer.json()["message"].endswith("。")
    assert (logged_in_as(browser), Passkey.objects.count()) == before


@BOTH
@fuzzed
@given(body=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
@example(body=b"")
@example(body=b"[" * 20_000)
@example(body=b'{"response":' * 2_000)
@example(body=b'{"response":{"response":{"clientDataJSON":"' + encoded(b"[" * 9000).encode())
@example(body=b'{"name":"x","next":1}')
@example(body=b'{"name":"x","next":"/\\ud800"}')
@example(body=b"\xff\xfe")
def test_any_body(at_home, address, body):
    assert_calm(at_home, address, body)


@pytest.fixture
def member_device(at_home):
    """The device of a patron who has a passkey, and is not logged in with it."""
    device = Authenticator()
    assert add(at_home, device).status_code == 200
    return device


def spoil(response: dict, part: str, value: object) -> None:
    inner = response["response"]
    (inner if part in inner else response)[part] = value


@fuzzed
@given(part=st.sampled_from(PARTS_OF_REGISTRATION), value=VALUES)
def test_any_value_for_any_part_of_a_registration(at_home, part, value):
    good = Authenticator().create(asked_for(at_home, OPTIONS, name="iPhone"))
    spoil(good, part, value)
    assert_calm(at_home, ADD, {"name": "iPhone", "response": good})


@fuzzed
@given(part=st.sampled_from(PARTS_OF_LOGIN), value=VALUES)
def test_any_value_for_any_part_of_a_login(member_device, part, value):
    browser = Client()
    good = member_device.get(asked_for(browser, LOGIN_OPTIONS))
    spoil(good, part, value)
    assert_calm(browser, LOGIN_FINISH, {"response": good})


@fuzzed
@given(data=st.binary(max_size=120), known=st.booleans())
def test_any_data_that_the_right_key_has_signed(member_device, data, known):
    """Whoever holds a key can sign anything with it; `known` begins with the right RP ID."""
    browser = Client()
    good = member_device.get(asked_for(browser, LOGIN_OPTIONS))
    if known:
        data = hashlib.sha256(RP_ID.encode()).digest() + data
    client_data = base64.urlsafe_b64decode(good["response"]["clientDataJSON"] + "==")
    signed = data + hashlib.sha256(client_data).digest()
    good["response"]["authenticatorData"] = encoded(data)
    good["response"]["signature"] = encoded(member_device.key.sign(signed))
    LoginBucket.objects.all().delete()
    answer = send(browser, LOGIN_FINISH, {"response": good})
    # 37 bytes after a right beginning are all it takes, and then the person is the right one.
    assert answer.status_code in ({200, 422} if known else {422})


@fuzzed
@given(
    statement=CBOR.map(cbor2.dumps)
    | st.binary(max_size=400)
    | st.fixed_dictionaries(
        {
            "fmt": st.sampled_from(
                ["none", "packed", "tpm", "apple", "fido-u2f", "android-key", "android-safetynet"]
            )
            | CBOR,
            "attStmt": CBOR,
            "authData": st.binary(max_size=200) | CBOR,
        }
    ).map(cbor2.dumps)
)
@example(statement=b"\x81" * 20_000)
@example(statement=b"\x9f" * 20_000)
@example(statement=b"\x5b\x00\x00\x7f\xff\xff\xff\xff\xff")
@example(statement=b"\xc5\x82\x1a\x7f\xff\xff\xff\x01")
def test_any_attestation(at_home, statement):
    good = Authenticator().create(asked_for(at_home, OPTIONS, name="iPhone"))
    good["response"]["attestationObject"] = encoded(statement)
    assert_calm(at_home, ADD, {"name": "iPhone", "response": good})


@fuzzed
@given(
    form=st.sampled_from(
        ["packed", "tpm", "apple", "fido-u2f", "android-key", "android-safetynet"]
    ),
    said=st.fixed_dictionaries(
        {},
        optional={
            "alg": CBOR,
            "sig": st.binary(max_size=100) | CBOR,
            "x5c": st.lists(st.binary(max_size=100)) | CBOR,
            "ver": CBOR,
            "response": st.binary(max_size=100) | CBOR,
            "certInfo": st.binary(max_size=100) | CBOR,
            "pubArea": st.binary(max_size=100) | CBOR,
        },
    ),
)
def test_any_attestation_around_a_good_key(at_home, form, said):
    good = Authenticator().create(asked_for(at_home, OPTIONS, name="iPhone"))
    whole = cbor2.loads(base64.urlsafe_b64decode(good["response"]["attestationObject"] + "=="))
    whole |= {"fmt": form, "attStmt": said}
    good["response"]["attestationObject"] = encoded(cbor2.dumps(whole))
    assert_calm(at_home, ADD, {"name": "iPhone", "response": good})


@BOTH
@pytest.mark.parametrize("size", [MAXIMUM_BODY + 1, 300 * 1024])
def test_huge_bodies(at_home, address, size):
    answer = send(at_home, address, b'{"name":"' + b"x" * size + b'"}')
    assert (answer.status_code, answer.json()["message"]) == (413, UNREADABLE)


@BOTH
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]
)
def test_other_kinds_of_content(at_home, address, kind):
    answer = at_home.post(address, b'{"name":"x"}', content_type=kind)
    assert (answer.status_code, answer.json()["message"]) == (415, UNREADABLE)


@BOTH
@pytest.mark.parametrize("value", [1, None, [], {}, True])
def test_texts_of_another_type(at_home, address, value):
    sent = {"name": value, "next": value, "response": {}}
    assert send(at_home, address, sent).status_code == 400


def test_transports_without_end_are_stored_once(at_home):
    good = Authenticator().create(asked_for(at_home, OPTIONS, name="iPhone"))
    good["response"]["transports"] = ["usb"] * 3000
    answer = send(at_home, ADD, {"name": "iPhone", "response": good})
    assert answer.status_code == 200
    assert Passkey.objects.get().transports == ["usb"]
