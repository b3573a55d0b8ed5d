"""Our own key: made, checked, published, and used to say who we are."""

import json
import os
import stat
import time
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.management import CommandError, call_command
from django.test import Client
from jose.backends.cryptography_backend import CryptographyECKey

from demo.simulator.crypto import decode_jwt, read_client_keys
from myna_auth.checks import check_client_key
from myna_auth.keys import (
    client_assertion,
    load_client_key,
    parse_public_keys,
    published_keys,
    thumbprint,
)
from myna_auth.provider import Provider
from tests.identity import CLIENT_ID, IdentityService, provider_settings


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
    return Path(provider.client_private_key_file)


def test_a_jwk_serves_as_well_as_pem(tmp_path, client_settings, client_key_file):
    public = load_client_key(Provider.from_settings()).public_jwk
    private = serialization.load_pem_private_key(client_key_file.read_bytes(), None)
    from demo.simulator.crypto import b64

    secret = b64(private.private_numbers().private_value.to_bytes(32, "big"))
    path = tmp_path / "key.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(public | {"d": secret, "kid": "named"}))
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)

    key = load_client_key(Provider.from_settings())

    assert key.public_jwk["kid"] == "named"
    assert thumbprint(key.public_jwk) == thumbprint(public)


def test_a_sound_key_passes_the_check(client_settings):
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
    ],
)
def test_a_weak_key_is_reported(tmp_path, client_settings, make, expected):
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = write_pem(tmp_path / "key.pem", make())

    (message,) = check_client_key()

    assert expected in message.msg


@pytest.mark.parametrize("demo", [False, True])
def test_a_missing_key_is_reported(client_settings, tmp_path, demo):
    client_settings.DEMO = demo
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(tmp_path / "nowhere.pem")
    assert ids(check_client_key()) == ["myna_auth.E001"]
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = ""
    assert ids(check_client_key()) == ["myna_auth.E001"]


def test_the_demos_own_key_is_only_missed_until_it_is_made(client_settings, tmp_path):
    client_settings.BASE_DIR, client_settings.DEMO = tmp_path, True
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(tmp_path / "var" / "myna-client-key.pem")
    assert ids(check_client_key()) == ["myna_auth.W009"]


def test_a_key_that_others_can_read_is_reported(tmp_path, client_settings):
    path = write_pem(tmp_path / "key.pem", ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "key.pem").chmod(0o644)
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = path

    assert ids(check_client_key()) == ["myna_auth.W001"]


def test_the_demos_key_is_not_for_production(client_settings, tmp_path):
    (tmp_path / "var").mkdir()
    demo_key = tmp_path / "var" / "myna-client-key.pem"
    demo_key.write_bytes(Path(client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE).read_bytes())
    client_settings.BASE_DIR = tmp_path

    assert ids(check_client_key()) == ["myna_auth.W003"]
    client_settings.DEMO = True
    assert check_client_key() == []


def test_a_key_id_that_contradicts_the_jwk_is_reported(tmp_path, client_settings, capsys):
    call_command("myna_keygen", str(tmp_path / "k.pem"))
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = CryptographyECKey(private, "ES256").to_dict() | {"kid": "one"}
    path = tmp_path / "key.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(jwk))
    client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(path)
    client_settings.MYNA_CLIENT_KEY_ID = "two"

    (message,) = check_client_key()

    assert "kid" in message.msg


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

    response = client.get("/myna/jwks.json")
    assert response.status_code == 503
    assert "no-store" in response["Cache-Control"]


# -- Changing the key --------------------------------------------------------------------------


@pytest.fixture
def rotation(tmp_path, settings, probe):
    """A service that knows one client by the JWKS handed in, and the client's settings."""
    old, handed_in = tmp_path / "old.pem", tmp_path / "handed-in.json"
    call_command("myna_keygen", str(old), jwks=handed_in, stdout=StringIO())
    service = IdentityService.launch(handed_in)
    for name, value in provider_settings(service.issuer, old).items():
        setattr(settings, name, value)
    settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = []
    yield SimpleNamespace(service=service, old=old, handed_in=handed_in, probe=probe)
    service.stop()


def signs_in(rotation):
    rotation.probe.calls.clear()
    rotation.service.sign_in(Client())
    return [name for name, *_ in rotation.probe.calls] == ["begin", "complete"]


def hand_in(rotation, text):
    """What the service's staff do with the JWKS they get."""
    incoming = rotation.handed_in.with_suffix(".new")
    incoming.write_text(text)
    incoming.replace(rotation.handed_in)


def service_knows_us():
    try:
        call_command("myna_check", stdout=StringIO())
    except CommandError:
        return False
    return True


def served():
    response = Client().get("/myna/jwks.json")
    assert response.status_code == 200
    return response.content.decode()


def kids(text):
    return [key["kid"] for key in json.loads(text)["keys"]]


@pytest.mark.django_db
def test_the_key_is_changed_without_an_interruption(rotation, settings, tmp_path, capsys):
    """The steps that myna_keygen's docstring gives, one by one."""
    new, both = tmp_path / "new.pem", tmp_path / "both.json"
    assert signs_in(rotation)
    (old_kid,) = kids(served())

    call_command("myna_keygen", str(new), rotate=True, jwks=both)
    assert kids(capsys.readouterr().out) == kids(both.read_text())
    settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = [str(both)]
    assert served() == json.dumps(json.loads(both.read_text()))
    assert kids(served())[0] == old_kid
    assert signs_in(rotation)

    # Too early is what the overlap is for: the service does not know the new key yet.
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(new)
    assert not service_knows_us()
    assert not signs_in(rotation)
    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(rotation.old)
    hand_in(rotation, both.read_text())
    assert signs_in(rotation)

    settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(new)
    assert service_knows_us()
    assert check_client_key() == []
    assert signs_in(rotation)
    new_kid, last_kid = kids(served())
    assert last_kid == old_kid

    settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = []
    rotation.old.unlink()
    assert kids(served()) == [new_kid]
    hand_in(rotation, served())
    assert signs_in(rotation)


@pytest.mark.django_db
def test_a_key_moved_over_the_old_one_is_used_at_once(rotation, settings, tmp_path):
    new = tmp_path / "new.pem"
    call_command("myna_keygen", str(new), rotate=True, stdout=(out := StringIO()))
    hand_in(rotation, out.getvalue())
    assert signs_in(rotation)
    before = rotation.old.stat()
    # Same size, same time: the worst case for noticing.
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(rotation.old)
    hand_in(rotation, served())

    assert kids(served()) == kids(out.getvalue())[1:]
    assert signs_in(rotation)


@pytest.mark.parametrize("form", ["private PEM", "public PEM", "JWK", "private JWK", "JWKS"])
def test_a_key_of_any_form_is_published_without_its_secret(client_settings, tmp_path, form):
    private = ec.generate_private_key(ec.SECP256R1())
    path = Path(write_pem(tmp_path / "further", private))
    public = parse_public_keys(path.read_bytes())[0]
    if form == "public PEM":
        path.write_bytes(
            private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    elif form == "JWK":
        path.write_text(json.dumps(public))
    elif form == "private JWK":
        path.write_text(json.dumps(CryptographyECKey(private, "ES256").to_dict()))
        assert '"d"' in path.read_text()
    elif form == "JWKS":
        path.write_text(json.dumps({"keys": [public]}))
    client_settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = [str(path)]

    first, second = published_keys(Provider.from_settings())["keys"]

    assert first == load_client_key(Provider.from_settings()).public_jwk
    assert second == public
    assert set(second) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert check_client_key() == []


def test_an_rsa_key_is_published_beside_a_curve(client_settings, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = write_pem(tmp_path / "further.pem", key)
    client_settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = [path]

    _, second = published_keys(Provider.from_settings())["keys"]

    assert set(second) == {"kty", "n", "e", "kid", "use", "alg"}
    assert second["alg"] == "RS256"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda own: None, "cannot be read"),
        (lambda own: b"not a key", "no key to publish"),
        (lambda own: b'{"keys": ["x"]}', "no key to publish"),
        (lambda own: b'{"keys": []}', "holds no key."),
        (lambda own: b'{"kty": "oct", "k": "AAAA"}', "no key to publish"),
        (lambda own: jwk_bytes(ec.SECP384R1()), "not P-256"),
        (lambda own: jwk_bytes(ec.SECP256R1(), use="enc"), "not for signatures"),
        (lambda own: jwk_bytes(ec.SECP256R1(), alg="RS256"), "another kind"),
        (lambda own: jwk_bytes(ec.SECP256R1(), kid=own["kid"]), "same kid"),
        (lambda own: json.dumps(own | {"kid": "renamed"}).encode(), "two kids"),
        (lambda own: weak_rsa(), "1024 bits"),
    ],
)
def test_a_key_that_must_not_be_published_is_refused(
    client, client_settings, tmp_path, make, expected
):
    path = tmp_path / "further"
    content = make(load_client_key(Provider.from_settings()).public_jwk)
    if content is not None:
        path.write_bytes(content)
    client_settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = [str(path)]

    (message,) = check_client_key()
    assert message.id == "myna_auth.E007"
    assert expected in message.msg

    response = client.get("/myna/jwks.json")
    assert response.status_code == 503
    assert "no-store" in response["Cache-Control"]


def jwk_bytes(curve, **members):
    key_class_alg = "ES256" if isinstance(curve, ec.SECP256R1) else "ES384"
    key = ec.generate_private_key(curve).public_key()
    return json.dumps(CryptographyECKey(key, key_class_alg).to_dict() | members).encode()


def weak_rsa():
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_a_private_key_to_publish_that_others_can_read_is_reported(client_settings, tmp_path):
    path = Path(write_pem(tmp_path / "next.pem", ec.generate_private_key(ec.SECP256R1())))
    path.chmod(0o640)
    client_settings.MYNA_CLIENT_PUBLISHED_KEY_FILES = [str(path)]

    assert ids(check_client_key()) == ["myna_auth.W001"]
    path.write_text(json.dumps(parse_public_keys(path.read_bytes())[0]))
    assert check_client_key() == []


@pytest.mark.parametrize("taken", ["new.pem", "both.json"])
def test_a_rotation_writes_both_files_or_none(client_settings, tmp_path, taken):
    (tmp_path / taken).write_text("precious")

    with pytest.raises(CommandError, match=f"{taken} exists"):
        call_command(
            "myna_keygen", str(tmp_path / "new.pem"), rotate=True, jwks=tmp_path / "both.json"
        )
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(taken, "precious")]


def test_a_key_without_its_jwks_is_not_left_behind(tmp_path):
    with pytest.raises(CommandError, match=r"jwks.json: No such file or directory"):
        call_command("myna_keygen", str(tmp_path / "k.pem"), jwks=tmp_path / "none" / "jwks.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["missing key", "same kid"])
def test_a_rotation_that_cannot_overlap_writes_nothing(client_settings, tmp_path, name):
    options = {}
    if name == "missing key":
        client_settings.MYNA_CLIENT_PRIVATE_KEY_FILE = str(tmp_path / "nowhere.pem")
    else:
        options["kid"] = load_client_key(Provider.from_settings()).public_jwk["kid"]

    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("myna_keygen", str(tmp_path / "new.pem"), rotate=True, **options)
    assert list(tmp_path.iterdir()) == []
