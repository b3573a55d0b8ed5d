"""Key files: a private key to sign with, public keys to publish; PEM, JWK or JWKS.

Import it lazily: cryptography stays out of web processes until it is needed.
"""

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose.backends.cryptography_backend import CryptographyECKey, CryptographyRSAKey
from jose.utils import base64url_encode

MINIMUM_RSA_BITS = 2048
PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")
KEY_CLASSES: dict[str, type[CryptographyECKey] | type[CryptographyRSAKey]] = {
    "ES256": CryptographyECKey,
    "RS256": CryptographyRSAKey,
}


class KeyProblem(Exception):
    """A key file cannot be used; the text says why, never what it contains."""


def private_pem(key: Any) -> bytes:
    """Return a private key as unencrypted PKCS#8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def parse_private_key(content: bytes) -> tuple[Any, str]:
    """Return the private key of a PEM or JWK and the kid that a JWK carries, empty for PEM."""
    try:
        if not content.lstrip().startswith(b"{"):
            return serialization.load_pem_private_key(content, password=None), ""
        jwk = json.loads(content)
        return _key_of(jwk), str(jwk.get("kid", ""))
    except Exception:
        raise KeyProblem("The file holds no unencrypted private key (PEM or JWK).") from None


def parse_public_keys(content: bytes) -> list[dict[str, str]]:
    """Return the public JWKs of a PEM, JWK or JWKS, private or public, each with its kid.

    A key without a name gets its thumbprint. Weak keys and those for encryption raise KeyProblem.
    """
    try:
        if content.lstrip().startswith(b"{"):
            document = json.loads(content)
            found = [_public_part(jwk) for jwk in document.get("keys", [document])]
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


def holds_private_key(content: bytes) -> bool:
    """Return whether a file that parsed has more in it than what may be published."""
    if not content.lstrip().startswith(b"{"):
        return b"PRIVATE KEY-----" in content
    document = json.loads(content)
    return any("d" in jwk for jwk in document.get("keys", [document]))


def public_jwk(public: Any, key_id: str) -> dict[str, str]:
    """Return the JWK to publish; its kid is `key_id`, or the thumbprint if that is empty."""
    algorithm = algorithm_of(public)
    members = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in KEY_CLASSES[algorithm](public, algorithm).to_dict().items()
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


def _public_part(jwk: dict[str, Any]) -> tuple[Any, str]:
    if jwk.get("use", "sig") != "sig":
        raise KeyProblem("A key to publish is not for signatures (use is not sig).")
    # Private members do not even reach the parser.
    public = _key_of({name: jwk[name] for name in PUBLIC_MEMBERS if name in jwk})
    if jwk.get("alg", algorithm_of(public)) != algorithm_of(public):
        raise KeyProblem("A key to publish is of another kind than its alg says.")
    return public, str(jwk.get("kid", ""))


def _key_of(jwk: dict[str, Any]) -> Any:
    algorithm = "ES256" if jwk.get("kty") == "EC" else "RS256"
    return KEY_CLASSES[algorithm](jwk, algorithm).prepared_key
