"""ID tokens a hostile service might sign: each claim, each header, each key."""

import base64
import contextlib
import hashlib
import json
import logging
import time
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jose import jws

from demo.simulator.crypto import SigningKey, b64, encode_jwt
from myna_auth.claims import parse_object
from myna_auth.errors import AnswerRejected, MynaError
from myna_auth.keysets import choose_key
from myna_auth.provider import Provider
from myna_auth.tokens import access_token_hash, verify_id_token

ISSUER = "https://issuer.example/realm"
NONCE = "n" * 43
KEY = SigningKey.new()


@dataclass(frozen=True)
class In:
    """A moment so many seconds from when the token is signed; may be written as text."""

    seconds: float
    kind: type = int

    def resolve(self):
        return self.kind(int(time.time()) + self.seconds)


def provider(**changes):
    values = {
        "issuer": ISSUER,
        "authorization_endpoint": "",
        "token_endpoint": "",
        "userinfo_endpoint": "",
        "jwks_uri": "",
        "client_id": "library",
        "callback_url": "",
        "scopes": "openid",
        "id_token_algs": ("ES256",),
        "client_private_key_file": "",
        "client_key_id": "",
        "client_assertion_audience": "",
        "timeout_seconds": 1.0,
    }
    return Provider(**(values | changes))


def claims(**changes):
    sound = {
        "iss": ISSUER,
        "aud": "library",
        "sub": "subject",
        "exp": In(300),
        "iat": In(0),
        "nonce": NONCE,
    } | changes
    return {
        name: value.resolve() if isinstance(value, In) else value
        for name, value in sound.items()
        if value is not ...
    }


def header(**changes):
    sound = {"alg": "ES256", "kid": KEY.kid} | changes
    return {name: value for name, value in sound.items() if value is not ...}


def verify(token, *, keys=None, **provider_changes):
    document = {"keys": [KEY.public_jwk] if keys is None else keys}

    def find_key(key_id, algorithm):
        key = choose_key(document, key_id=key_id, algorithm=algorithm)
        if key is None:
            raise AnswerRejected("kid_unknown")
        return key

    return verify_id_token(
        token,
        provider=provider(**provider_changes),
        nonce=NONCE,
        access_token="access",
        find_key=find_key,
    )


def refusal(token, **options):
    with pytest.raises(MynaError) as caught:
        verify(token, **options)
    return caught.value.reason


ACCEPTED = {
    "plain": {},
    "array aud of us alone": {"aud": ["library"]},
    "azp is us": {"azp": "library"},
    "exp within the skew": {"exp": In(-30)},
    "iat within the skew": {"iat": In(30)},
    "fractional times": {"exp": In(300.5, float), "iat": In(-0.5, float)},
    "at_hash of the access token": {"at_hash": access_token_hash("access")},
    "nbf has come": {"nbf": In(-5)},
    "unknown claims": {"acr": "x", "extra": [{"deep": None}]},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_sound_claims_are_accepted(case):
    assert verify(encode_jwt(header(), claims(**ACCEPTED[case]), KEY)) == "subject"


REFUSED = {
    "wrong iss": ({"iss": "https://attacker.example"}, "id_token_iss"),
    "iss with a slash": ({"iss": ISSUER + "/"}, "id_token_iss"),
    "missing iss": ({"iss": ...}, "id_token_iss"),
    "iss is a list": ({"iss": [ISSUER]}, "id_token_iss"),
    "wrong aud": ({"aud": "other"}, "id_token_aud"),
    "missing aud": ({"aud": ...}, "id_token_aud"),
    "untrusted aud beside us": ({"aud": ["library", "other"]}, "id_token_aud"),
    "empty aud": ({"aud": []}, "id_token_aud"),
    "azp is another": ({"azp": "other"}, "id_token_azp"),
    "azp is null": ({"azp": None}, "id_token_azp"),
    "missing exp": ({"exp": ...}, "id_token_exp_missing"),
    "expired": ({"exp": In(-90)}, "id_token_expired"),
    "exp is a string": ({"exp": In(300, str)}, "id_token_exp"),
    "exp is a list": ({"exp": [1]}, "id_token_exp"),
    "exp is true": ({"exp": True}, "id_token_exp"),
    "exp is beyond floats": ({"exp": 10**400}, "id_token_unreadable"),
    "missing iat": ({"iat": ...}, "id_token_iat_missing"),
    "iat in the future": ({"iat": In(300)}, "id_token_iat_future"),
    "iat is a string": ({"iat": In(0, str)}, "id_token_iat"),
    "not yet valid": ({"nbf": In(300)}, "id_token_not_yet_valid"),
    "wrong nonce": ({"nonce": "m" * 43}, "id_token_nonce"),
    "missing nonce": ({"nonce": ...}, "id_token_nonce"),
    "nonce is a surrogate": ({"nonce": "\ud800"}, "id_token_nonce"),
    "bad at_hash": ({"at_hash": "A" * 22}, "id_token_at_hash"),
    "at_hash is a number": ({"at_hash": 1}, "id_token_at_hash"),
    "missing sub": ({"sub": ...}, "claim_sub_missing"),
    "empty sub": ({"sub": " "}, "claim_sub_missing"),
    "sub is a number": ({"sub": 7}, "claim_sub_missing"),
    "long sub": ({"sub": "s" * 256}, "claim_sub_too_long"),
    "NUL in sub": ({"sub": "a\0b"}, "claim_sub_characters"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_claims_are_refused(case):
    changes, reason = REFUSED[case]

    assert refusal(encode_jwt(header(), claims(**changes), KEY)) == reason


def signed(raw_header, raw_payload):
    """A token over bytes that no JSON library would write."""
    text = f"{b64(raw_header)}.{b64(raw_payload)}"
    return f"{text}.{b64(KEY.sign(text.encode()))}"


RAW_HEADER = json.dumps(header()).encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "id_token_form"),
        (b"[]", "id_token_not_json"),
        (b"\xff\xfe", "id_token_not_json"),
        (b'{"sub":"a","sub":"b"}', "id_token_not_json"),
        (b'{"exp":NaN}', "id_token_not_json"),
        (b"[" * 5000, "id_token_not_json"),
        (json.dumps(claims(exp=1)).replace('"exp": 1', '"exp": 1e999').encode(), "id_token_exp"),
    ],
)
def test_a_payload_that_is_not_plain_json_is_refused(payload, reason):
    assert refusal(signed(RAW_HEADER, payload)) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alg": "none"}, "id_token_alg"),
        ({"alg": "HS256"}, "id_token_alg"),
        ({"alg": "RS256"}, "id_token_alg"),
        ({"alg": ["ES256"]}, "id_token_alg"),
        ({"alg": ...}, "id_token_alg"),
        ({"crit": ["exp"]}, "id_token_crit"),
        ({"kid": 7}, "id_token_kid"),
        ({"kid": "other"}, "kid_unknown"),
    ],
)
def test_bad_headers_are_refused(changes, reason):
    assert refusal(encode_jwt(header(**changes), claims(), KEY)) == reason


def test_a_key_in_the_header_is_ignored():
    attacker = SigningKey.new()
    forged = header(
        jwk=attacker.public_jwk, jku="https://attacker.example", x5u="https://a.example"
    )

    assert refusal(encode_jwt(forged, claims(), attacker)) == "id_token_signature"


def test_a_token_without_signature_is_refused():
    assert refusal(encode_jwt(header(), claims(), KEY, "none")) == "id_token_form"


def test_the_public_key_is_no_shared_secret():
    assert refusal(encode_jwt(header(), claims(), KEY, "hmac")) == "id_token_alg"


def test_a_changed_claim_breaks_the_signature():
    head, _, tail = encode_jwt(header(), claims(), KEY).split(".")
    body = b64(json.dumps(claims(sub="somebody else")).encode())

    assert refusal(f"{head}.{body}.{tail}") == "id_token_signature"


def test_kid_absent_with_one_key_is_accepted():
    assert verify(encode_jwt(header(kid=...), claims(), KEY)) == "subject"


def test_kid_absent_with_one_signing_key_among_others_is_accepted():
    encryption = SigningKey.new().public_jwk | {"use": "enc"}

    token = encode_jwt(header(kid=...), claims(), KEY)
    assert verify(token, keys=[encryption, KEY.public_jwk]) == "subject"


def test_kid_absent_with_several_keys_is_refused():
    keys = [SigningKey.new().public_jwk, KEY.public_jwk]

    assert refusal(encode_jwt(header(kid=...), claims(), KEY), keys=keys) == "kid_missing"


def test_one_name_for_two_keys_is_refused():
    twin = SigningKey.new().public_jwk | {"kid": KEY.kid}

    token = encode_jwt(header(), claims(), KEY)
    assert refusal(token, keys=[twin, KEY.public_jwk]) == "kid_ambiguous"


def p384_jwk():
    numbers = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    x, y = (b64(value.to_bytes(48, "big")) for value in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-384", "x": x, "y": y, "kid": KEY.kid}


GOOD = KEY.public_jwk


@pytest.mark.parametrize(
    ("jwk", "reason"),
    [
        (p384_jwk(), "kid_unknown"),
        (p384_jwk() | {"crv": "P-256"}, "kid_unknown"),
        (GOOD | {"crv": "secp256k1"}, "kid_unknown"),
        (GOOD | {"use": "enc"}, "kid_unknown"),
        (GOOD | {"key_ops": ["sign"]}, "kid_unknown"),
        (GOOD | {"key_ops": "verify"}, "kid_unknown"),
        (GOOD | {"alg": "ES384"}, "kid_unknown"),
        (GOOD | {"kty": "RSA"}, "kid_unknown"),
        (GOOD | {"x": 5}, "kid_unknown"),
        (GOOD | {"x": "A" * 43}, "id_token_unreadable"),
        ({"kty": "oct", "k": GOOD["x"], "kid": KEY.kid}, "kid_unknown"),
        ("not a key", "kid_unknown"),
        (None, "kid_unknown"),
    ],
)
def test_a_key_that_is_not_p256_for_signing_is_never_used(jwk, reason):
    assert refusal(encode_jwt(header(), claims(), KEY), keys=[jwk]) == reason


def rsa_pair(bits):
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    numbers = private.public_key().public_numbers()
    jwk = {
        "kty": "RSA",
        "n": b64(numbers.n.to_bytes(bits // 8, "big")),
        "e": b64(numbers.e.to_bytes(3, "big")),
        "kid": "rsa",
    }
    from jose.backends.cryptography_backend import CryptographyRSAKey

    return CryptographyRSAKey(private, "RS256"), jwk


def test_rs256_only_where_it_is_configured():
    key, jwk = rsa_pair(2048)
    token = jws.sign(claims(), key, headers={"kid": "rsa"}, algorithm="RS256")

    assert refusal(token, keys=[jwk]) == "id_token_alg"
    assert verify(token, keys=[jwk], id_token_algs=("RS256",)) == "subject"


def test_a_short_rsa_key_is_never_used():
    key, jwk = rsa_pair(1024)
    token = jws.sign(claims(), key, headers={"kid": "rsa"}, algorithm="RS256")

    assert refusal(token, keys=[jwk], id_token_algs=("RS256",)) == "kid_unknown"


def test_at_hash_is_half_a_sha256():
    half = hashlib.sha256(b"token").digest()[:16]

    assert access_token_hash("token") == base64.urlsafe_b64encode(half).decode().rstrip("=")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@hypothesis_settings(max_examples=150)
@given(name=st.sampled_from(sorted(claims())), value=JSON)
def test_no_value_of_a_claim_escapes_as_another_error(name, value):
    with contextlib.suppress(MynaError):
        assert verify(encode_jwt(header(), claims() | {name: value}, KEY))


@hypothesis_settings(max_examples=150)
@given(
    token=st.text(max_size=60) | st.from_regex(r"[\w-]{0,20}(\.[\w-]{0,20}){0,3}", fullmatch=True)
)
def test_no_text_escapes_as_another_error(token):
    assert refusal(token)


@hypothesis_settings(max_examples=100)
@given(keys=st.lists(JSON | st.dictionaries(st.sampled_from(sorted(GOOD)), JSON), max_size=3))
def test_no_key_set_escapes_as_another_error(keys):
    assert refusal(encode_jwt(header(), claims(), KEY), keys=keys)


@given(text=st.binary(max_size=40) | st.text(max_size=40))
def test_strict_json_gives_an_object_or_its_error(text):
    error = AnswerRejected("x", level=logging.INFO)
    with contextlib.suppress(AnswerRejected):
        assert isinstance(parse_object(text, error), dict)
