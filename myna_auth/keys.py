"""Our own keys: one proves who we are to the identity service (RFC 7523, private_key_jwt); those
published beside it let the service accept the next one, or the last one, during a rotation.

Import it lazily: cryptography stays out of web processes until it is needed.
"""

import hashlib
import json
import secrets
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jws
from jose.backends.base import Key
from jose.jwk import construct
from jose.utils import base64url_encode

from myna_auth.provider import Provider

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
MINIMUM_RSA_BITS = 2048
PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")


class KeyProblem(Exception):
    """A key file cannot be used; the text says why, never what it contains."""


class ClientKey(NamedTuple):
    """A private key, and its public JWK: with a kid, and the one algorithm it is for."""

    key: Key
    public_jwk: dict[str, str]


def load_client_key(provider: Provider) -> ClientKey:
    """Read the private key (PEM or JWK); a replaced file is noticed. Raises KeyProblem."""
    if not provider.client_private_key_file:
        raise KeyProblem("MYNA_CLIENT_PRIVATE_KEY_FILE is not set.")
    path = Path(provider.client_private_key_file)
    try:
        return _load(path, _state(path), provider.client_key_id)
    except OSError as error:
        raise KeyProblem(f"The private key file cannot be read: {error.strerror}.") from None


@lru_cache(maxsize=4)
def _load(path: Path, state: tuple[int, ...], key_id: str) -> ClientKey:
    private, named = parse_private_key(path.read_bytes())
    algorithm = algorithm_of(private)
    if named and key_id and named != key_id:
        raise KeyProblem("MYNA_CLIENT_KEY_ID differs from the kid in the private key's JWK.")
    key = construct(_private_pem(private).decode(), algorithm)
    return ClientKey(key, public_jwk(private.public_key(), key_id or named))


def _state(path: Path) -> tuple[int, ...]:
    """Return what differs once a file is replaced, even by one of the same size and time."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def client_assertion(provider: Provider) -> str:
    """Sign a fresh assertion: single-use `jti`, valid for at most 60 seconds."""
    key, jwk = load_client_key(provider)
    now = int(time.time())
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": provider.client_assertion_audience,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jws.sign(claims, key, headers={"kid": jwk["kid"]}, algorithm=jwk["alg"])


def token_form(provider: Provider, *, code: str, code_verifier: str) -> dict[str, str]:
    """Return what is sent to the token endpoint in exchange for the tokens; raises KeyProblem."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.callback_url,
        "client_id": provider.client_id,
        "code_verifier": code_verifier,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion(provider),
    }


def published_keys(provider: Provider) -> dict[str, list[dict[str, str]]]:
    """Return the JWKS to hand in, public members only: the signing key, then the published files'.

    It may be in those too. Raises KeyProblem for a file that cannot be used, a weak key, and a kid
    that is not one key's alone.
    """
    keys = [load_client_key(provider).public_jwk]
    for name in provider.client_published_key_files:
        path = Path(name)
        try:
            found = _read(path, _state(path))
        except OSError as error:
            raise KeyProblem(f"{name} cannot be read: {error.strerror}.") from None
        except KeyProblem as problem:
            raise KeyProblem(f"{name}: {problem}") from None
        for jwk in found:
            add_key(keys, jwk)
    return {"keys": keys}


@lru_cache(maxsize=8)
def _read(path: Path, state: tuple[int, ...]) -> list[dict[str, str]]:
    return parse_public_keys(path.read_bytes())


def add_key(keys: list[dict[str, str]], jwk: dict[str, str]) -> None:
    """Add a public JWK unless it is there; KeyProblem when it clashes with one that is."""
    for other in keys:
        same_key, same_name = thumbprint(other) == thumbprint(jwk), other["kid"] == jwk["kid"]
        if same_key and same_name:
            return
        if same_name:
            raise KeyProblem(f"Two keys to publish have the same kid, {jwk['kid']}.")
        if same_key:
            raise KeyProblem(
                f"A key to publish has two kids, {other['kid']} and {jwk['kid']}; "
                "MYNA_CLIENT_KEY_ID must be the one it was handed in with."
            )
    keys.append(jwk)


def new_private_key(algorithm: str) -> bytes:
    """Return a new private key for ES256 or RS256 as PEM."""
    if algorithm == "ES256":
        return _private_pem(ec.generate_private_key(ec.SECP256R1()))
    return _private_pem(rsa.generate_private_key(public_exponent=65537, key_size=3072))


def _private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def parse_private_key(content: bytes) -> tuple[Any, str]:
    """Return the private key of a PEM or JWK and the kid that a JWK carries, empty for PEM."""
    try:
        if not _is_json(content):
            return serialization.load_pem_private_key(content, password=None), ""
        jwk = json.loads(content)
        return _key_of(jwk), str(jwk.get("kid", ""))
    except Exception:
        raise KeyProblem("The file holds no unencrypted private key (PEM or JWK).") from None


def parse_public_keys(content: bytes) -> list[dict[str, str]]:
    """Return the public JWKs of a PEM, JWK or JWKS, private or public; raises KeyProblem."""
    try:
        if _is_json(content):
            found = [_public_part(jwk) for jwk in _jwks_of(content)]
        elif b"PUBLIC KEY-----" in content:
            found = [(serialization.load_pem_public_key(content), "")]
        else:
            private = serialization.load_pem_private_key(content, password=None)
            found = [(private.public_key(), "")]
    except KeyProblem:
        raise
    except Exception:
        raise KeyProblem("The file holds no key to publish (PEM, JWK or JWKS).") from None
    if not found:
        raise KeyProblem("The JWKS holds no key.")
    return [public_jwk(key, kid) for key, kid in found]


def _public_part(jwk: dict[str, Any]) -> tuple[Any, str]:
    if jwk.get("use", "sig") != "sig":
        raise KeyProblem("A key to publish is not for signatures (use is not sig).")
    # Private members do not even reach the parser.
    public = _key_of({name: jwk[name] for name in PUBLIC_MEMBERS if name in jwk})
    if jwk.get("alg", algorithm_of(public)) != algorithm_of(public):
        raise KeyProblem("A key to publish is of another kind than its alg says.")
    return public, str(jwk.get("kid", ""))


def _key_of(jwk: dict[str, Any]) -> Any:
    key: Any = construct(jwk, "ES256" if jwk.get("kty") == "EC" else "RS256")
    return key.prepared_key


def holds_private_key(content: bytes) -> bool:
    """Return whether a file that parsed has more in it than what may be published."""
    if not _is_json(content):
        return b"PRIVATE KEY-----" in content
    return any("d" in jwk for jwk in _jwks_of(content))


def _is_json(content: bytes) -> bool:
    return content.lstrip().startswith(b"{")


def _jwks_of(content: bytes) -> list[dict[str, Any]]:
    document = json.loads(content)
    return document.get("keys", [document])


def public_jwk(public: Any, key_id: str) -> dict[str, str]:
    """Return the JWK to publish; its kid is `key_id`, or the thumbprint if that is empty."""
    algorithm = algorithm_of(public)
    members = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in construct(public, algorithm).to_dict().items()
    }
    return members | {"kid": key_id or thumbprint(members), "use": "sig", "alg": algorithm}


def algorithm_of(key: object) -> str:
    """Return the algorithm a key serves; raise KeyProblem when it is weak or foreign."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, ec.SECP256R1):
            raise KeyProblem(f"The key's curve is {key.curve.name}, not P-256.")
        return "ES256"
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        if key.key_size < MINIMUM_RSA_BITS:
            raise KeyProblem(f"The RSA key has {key.key_size} bits; use 2048 or more.")
        return "RS256"
    raise KeyProblem("The key is neither P-256 nor RSA.")


def thumbprint(public: dict[str, str]) -> str:
    """Return the RFC 7638 thumbprint, the key's name where none is configured."""
    members = ("crv", "kty", "x", "y") if public["kty"] == "EC" else ("e", "kty", "n")
    text = json.dumps({name: public[name] for name in members}, separators=(",", ":"))
    return base64url_encode(hashlib.sha256(text.encode()).digest()).decode()
