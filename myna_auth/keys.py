"""Our own keys: one proves who we are to the identity service (RFC 7523, private_key_jwt); those
published beside it let the service accept the next one, or the last one, during a rotation.

Import it lazily: cryptography stays out of web processes until it is needed.
"""

import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jws
from jose.backends.base import Key

from myna_auth.keyfiles import (
    KEY_CLASSES,
    KeyProblem,
    algorithm_of,
    parse_private_key,
    parse_public_keys,
    private_pem,
    public_jwk,
    thumbprint,
)
from myna_auth.provider import Provider

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class ClientKey:
    """A private key with the one algorithm it is for and the name it is known by."""

    key: Key
    algorithm: str
    key_id: str
    public_jwk: dict[str, str]


def load_client_key(provider: Provider) -> ClientKey:
    """Read the private key (PEM or JWK); a replaced file is noticed. Raises KeyProblem."""
    if not provider.key_file:
        raise KeyProblem("MYNA_CLIENT_PRIVATE_KEY_FILE is not set.")
    path = Path(provider.key_file)
    try:
        return _load(path, _state(path), provider.key_id)
    except OSError as error:
        raise KeyProblem(f"The private key file cannot be read: {error.strerror}.") from None


def client_assertion(provider: Provider) -> str:
    """Sign a fresh assertion: single-use `jti`, valid for at most 60 seconds."""
    client = load_client_key(provider)
    now = int(time.time())
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": provider.assertion_audience,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jws.sign(claims, client.key, headers={"kid": client.key_id}, algorithm=client.algorithm)


def published_keys(provider: Provider) -> dict[str, list[dict[str, str]]]:
    """Return the JWKS to hand in, public members only: the signing key, then every key of
    MYNA_CLIENT_PUBLISHED_KEY_FILES.

    The signing key may be in those files too. Raises KeyProblem for a file that cannot be used, a
    weak key, and a kid that is not one key's alone.
    """
    keys = [load_client_key(provider).public_jwk]
    for name in provider.published_key_files:
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


def new_private_key(algorithm: str) -> bytes:
    """Return a new private key as PKCS#8 PEM for ES256 or RS256."""
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if algorithm == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return private_pem(key)


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


def _state(path: Path) -> tuple[int, ...]:
    """Return what differs once a file is replaced, even by one of the same size and time."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@lru_cache(maxsize=4)
def _load(path: Path, state: tuple[int, ...], key_id: str) -> ClientKey:
    private, named = parse_private_key(path.read_bytes())
    algorithm = algorithm_of(private)
    if named and key_id and named != key_id:
        raise KeyProblem("MYNA_CLIENT_KEY_ID differs from the kid in the private key's JWK.")
    public = public_jwk(private.public_key(), key_id or named)
    return ClientKey(
        key=KEY_CLASSES[algorithm](private_pem(private).decode(), algorithm),
        algorithm=algorithm,
        key_id=public["kid"],
        public_jwk=public,
    )


@lru_cache(maxsize=8)
def _read(path: Path, state: tuple[int, ...]) -> list[dict[str, str]]:
    return parse_public_keys(path.read_bytes())
