"""Our own key: proves who we are to the identity service (RFC 7523, private_key_jwt).

Import it lazily: cryptography stays out of web processes until it is needed.
"""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jws
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyECKey, CryptographyRSAKey
from jose.utils import base64url_encode

from myna_auth.provider import Provider

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
MINIMUM_RSA_BITS = 2048


class KeyProblem(Exception):
    """The client's private key cannot be used; the text says why, never what it contains."""


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
        stat = path.stat()
        key = _load(path, stat.st_mtime_ns, stat.st_size, provider.key_id)
    except OSError as error:
        raise KeyProblem(f"The private key file cannot be read: {error.strerror}.") from None
    if key.algorithm != provider.assertion_algorithm:
        raise KeyProblem(
            f"The private key is for {key.algorithm}, "
            f"but MYNA_CLIENT_ASSERTION_ALG is {provider.assertion_algorithm}."
        )
    return key


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
    """Return the JWKS to hand in: public members only."""
    return {"keys": [load_client_key(provider).public_jwk]}


def new_private_key(algorithm: str) -> bytes:
    """Return a new private key as PKCS#8 PEM for ES256 or RS256."""
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if algorithm == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@lru_cache(maxsize=4)
def _load(path: Path, modified: int, size: int, key_id: str) -> ClientKey:
    private, named = _parse(path.read_bytes())
    algorithm = algorithm_of(private)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    key_class = CryptographyECKey if algorithm == "ES256" else CryptographyRSAKey
    key = key_class(pem, algorithm)
    public = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in key.public_key().to_dict().items()
    }
    name = key_id or named or thumbprint(public)
    if named and key_id and named != key_id:
        raise KeyProblem("MYNA_CLIENT_KEY_ID differs from the kid in the private key's JWK.")
    return ClientKey(
        key=key,
        algorithm=algorithm,
        key_id=name,
        public_jwk=public | {"kid": name, "use": "sig", "alg": algorithm},
    )


def algorithm_of(private: object) -> str:
    """Return the algorithm a private key serves; raise KeyProblem when it is weak or foreign."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        if not isinstance(private.curve, ec.SECP256R1):
            raise KeyProblem(f"The private key's curve is {private.curve.name}, not P-256.")
        return "ES256"
    if isinstance(private, rsa.RSAPrivateKey):
        if private.key_size < MINIMUM_RSA_BITS:
            raise KeyProblem(f"The RSA key has {private.key_size} bits; use 2048 or more.")
        return "RS256"
    raise KeyProblem("The private key is neither P-256 nor RSA.")


def thumbprint(public_jwk: dict[str, str]) -> str:
    """Return the RFC 7638 thumbprint, the key's name where none is configured."""
    members = ("crv", "kty", "x", "y") if public_jwk["kty"] == "EC" else ("e", "kty", "n")
    text = json.dumps({name: public_jwk[name] for name in members}, separators=(",", ":"))
    return base64url_encode(hashlib.sha256(text.encode()).digest()).decode()


def _parse(content: bytes) -> tuple[Any, str]:
    """Return the private key and the kid that a JWK carries, empty for PEM."""
    try:
        if not content.lstrip().startswith(b"{"):
            return serialization.load_pem_private_key(content, password=None), ""
        jwk = json.loads(content)
        key_class = CryptographyECKey if jwk.get("kty") == "EC" else CryptographyRSAKey
        algorithm = "ES256" if jwk.get("kty") == "EC" else "RS256"
        return key_class(jwk, algorithm).prepared_key, str(jwk.get("kid", ""))
    except Exception:
        raise KeyProblem("The file holds no unencrypted private key (PEM or JWK).") from None
