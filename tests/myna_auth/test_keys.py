"""Our own key: made, checked, published, and used to say who we are."""

import json
import stat
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.management import CommandError, call_command

from myna_auth.checks import check_client_key, check_settings
from myna_auth.keys import client_assertion, load_client_key, thumbprint
from myna_auth.provider import Provider
from myna_auth.simulator.crypto import decode_jwt, read_client_keys
from tests.identity import CLIENT_ID, provider_settings


@pytest.fixture
def client_settings(settings, client_key_file):
    for name, value in provider_settings("https://issuer.example", client_key_file).items():
        setattr(settings, name, value)
    settings.DEMO = False
    return settings


def ids(messages):
    return [message.id for message in messages]


def write_pem(path, key):
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(path)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_a_new_key_is_its_owners_alone_and_signs(tmp_path, client_settings, capsys, algorithm):
    path, jwks_path = tmp_path / "new.pem", tmp_path / "jwks.json"
    call_command("myna_keygen", str(path), alg=algorithm, jwks=jwks_path)
    printed = json.loads(capsys.readouterr().out)
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)
    client_settings.MYNA_CLIENT_ASSERTION_ALG = algorithm

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert printed == json.loads(jwks_path.read_text())
    claims = decode_jwt(client_assertion(Provider.from_settings()), printed["keys"])
    assert claims["iss"] == claims["sub"] == CLIENT_ID
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(printed["keys"][0])


def test_a_key_in_use_is_never_overwritten(tmp_path):
    path = tmp_path / "key.pem"
    path.write_text("precious")

    with pytest.raises(CommandError):
        call_command("myna_keygen", str(path))
    assert path.read_text() == "precious"


def test_an_assertion_is_short_lived_and_never_repeated(client_settings):
    provider = Provider.from_settings()
    keys = read_client_keys(load_path(provider), "")
    first, second = (decode_jwt(client_assertion(provider), keys) for _ in range(2))

    assert first["aud"] == provider.token_endpoint
    assert first["jti"] != second["jti"]
    assert first["exp"] - first["iat"] <= 60
    assert abs(first["iat"] - time.time()) < 5


def load_path(provider):
    from pathlib import Path

    return Path(provider.key_file)


def test_a_jwk_serves_as_well_as_pem(tmp_path, client_settings, client_key_file):
    public = load_client_key(Provider.from_settings()).public_jwk
    private = serialization.load_pem_private_key(client_key_file.read_bytes(), None)
    from myna_auth.simulator.crypto import b64

    secret = b64(private.private_numbers().private_value.to_bytes(32, "big"))
    path = tmp_path / "key.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(public | {"d": secret, "kid": "named"}))
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)

    key = load_client_key(Provider.from_settings())

    assert key.key_id == "named"
    assert thumbprint(key.public_jwk) == thumbprint(public)


def test_sound_settings_pass_the_checks(client_settings):
    assert check_settings() == []
    assert check_client_key() == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "no unencrypted private key"),
        (b"not a key", "no unencrypted private key"),
        (b'{"kty": "oct", "k": "AAAA"}', "no unencrypted private key"),
        (b"{", "no unencrypted private key"),
    ],
)
def test_a_file_without_a_key_is_reported(tmp_path, client_settings, content, expected):
    path = tmp_path / "key"
    path.write_bytes(content)
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)

    (message,) = check_client_key()

    assert message.id == "myna_auth.E001"
    assert expected in message.msg


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024), "1024 bits"),
        (lambda: ec.generate_private_key(ec.SECP384R1()), "not P-256"),
        (lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048), "is for RS256"),
    ],
)
def test_a_weak_or_mismatched_key_is_reported(tmp_path, client_settings, make, expected):
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = write_pem(tmp_path / "key.pem", make())

    (message,) = check_client_key()

    assert expected in message.msg


def test_a_missing_key_is_reported_outside_the_demo(client_settings, tmp_path):
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(tmp_path / "nowhere.pem")
    assert ids(check_client_key()) == ["myna_auth.E001"]
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = ""
    assert ids(check_client_key()) == ["myna_auth.E001"]
    client_settings.DEMO = True
    assert check_client_key() == []


def test_a_key_that_others_can_read_is_reported(tmp_path, client_settings):
    path = write_pem(tmp_path / "key.pem", ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "key.pem").chmod(0o644)
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = path

    assert ids(check_client_key()) == ["myna_auth.W001"]


def test_a_key_id_that_contradicts_the_jwk_is_reported(tmp_path, client_settings, capsys):
    call_command("myna_keygen", str(tmp_path / "k.pem"))
    private = ec.generate_private_key(ec.SECP256R1())
    from jose.backends.cryptography_backend import CryptographyECKey

    jwk = CryptographyECKey(private, "ES256").to_dict() | {"kid": "one"}
    path = tmp_path / "key.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(jwk))
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)
    client_settings.MYNA_CLIENT_KEY_ID = "two"

    (message,) = check_client_key()

    assert "kid" in message.msg


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MYNA_ISSUER", "https://issuer.example/", "myna_auth.W002"),
        ("MYNA_TOKEN_ENDPOINT", "issuer.example/token", "myna_auth.E002"),
        ("MYNA_JWKS_URI", "", "myna_auth.E002"),
        ("MYNA_CLIENT_ASSERTION_ALG", "HS256", "myna_auth.E003"),
        ("MYNA_ID_TOKEN_ALGS", ["none"], "myna_auth.E004"),
        ("MYNA_ID_TOKEN_ALGS", [], "myna_auth.E004"),
        ("MYNA_SCOPES", "name", "myna_auth.E005"),
        ("MYNA_TIMEOUT_SECONDS", 0, "myna_auth.E006"),
    ],
)
def test_a_setting_that_cannot_work_is_reported(client_settings, name, value, expected):
    setattr(client_settings, name, value)

    assert expected in ids(check_settings())


@pytest.mark.django_db
def test_the_public_keys_are_published(client, client_settings):
    response = client.get("/myna/jwks.json")

    (key,) = response.json()["keys"]
    assert (key["use"], key["alg"], key["crv"]) == ("sig", "ES256", "P-256")
    assert "d" not in key
    assert "max-age" in response["Cache-Control"]


@pytest.mark.django_db
def test_without_a_key_nothing_is_published(client, client_settings):
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = ""

    assert client.get("/myna/jwks.json").status_code == 503
