"""The simulator's keys and JWTs."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jose import jws
from jose.backends.base import Key
from jose.backends.cryptography_backend import CryptographyECKey, CryptographyRSAKey

CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}
ALGORITHMS = {"EC": "ES256", "RSA": "RS256"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class SigningKey:
    """A key of the service with its name: P-256, or for faults P-384 and RSA."""

    private: Key
    kid: str

    @classmethod
    def new(cls, kind: str = "p256") -> "SigningKey":
        if kind == "rsa":
            private = _key(rsa.generate_private_key(public_exponent=65537, key_size=2048))
        else:
            private = _key(ec.generate_private_key(CURVES[kind]))
        return cls(private, secrets.token_urlsafe(8))

    @property
    def header(self) -> dict[str, str]:
        """What its tokens say of themselves; a P-384 key lies."""
        algorithm = "RS256" if isinstance(self.private, CryptographyRSAKey) else "ES256"
        return {"alg": algorithm, "typ": "JWT", "kid": self.kid}

    @property
    def public_jwk(self) -> dict[str, str]:
        return self.private.public_key().to_dict() | {"kid": self.kid, "use": "sig"}

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


def _key(key: Any) -> Key:
    """Return python-jose's view of a private or public key of `cryptography`."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return CryptographyRSAKey(key, "RS256")
    return CryptographyECKey(key, "ES256")


def published_keys(how: str, signer: SigningKey, keys: list[SigningKey]) -> list[dict[str, str]]:
    """Return the JWKs to publish: all keys, or as a fault wants it.

    "single": only the signer; "several": at least two; "double": another key under the signer's
    name; "enc": the signer marked for encryption.
    """
    signers = signer.public_jwk
    if how == "single":
        return [signers]
    if how == "double":
        return [SigningKey.new().public_jwk | {"kid": signer.kid}, signers]
    if how == "enc":
        return [signers | {"use": "enc"}]
    jwks = [key.public_jwk for key in keys]
    if signer not in keys:
        jwks.insert(0, signers)
    if how == "several" and len(jwks) == 1:
        jwks.append(SigningKey.new().public_jwk)
    return jwks


def encode_jwt(
    header: dict[str, Any], claims: dict[str, Any], key: SigningKey, sign_with: str = ""
) -> str:
    """Return a signed JWT; `sign_with` misuses: "other" key, "none", "hmac" with the public key."""
    if sign_with in ("none", "hmac"):
        header = header | {"alg": {"none": "none", "hmac": "HS256"}[sign_with]}
    signed = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
    if sign_with == "none":
        signature = b""
    elif sign_with == "hmac":
        signature = hmac.digest(key.private.public_key().to_pem(), signed.encode(), "sha256")
    else:
        signer = SigningKey.new() if sign_with == "other" else key
        signature = signer.sign(signed.encode())
    return f"{signed}.{b64(signature)}"


def decode_jwt(token: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the claims of a JWT signed with ES256 or RS256 by the key its `kid` names.

    Raises JOSEError, ValueError or RecursionError, whose texts are for the client's developer.
    """
    kid = jws.get_unverified_header(token).get("kid")
    named = [key for key in keys if key["kid"] == kid]
    if len(named) != 1:
        raise ValueError("kid names no registered key")
    claims = json.loads(jws.verify(token, named[0], [ALGORITHMS[named[0]["kty"]]]))
    if not isinstance(claims, dict):
        raise ValueError("not a JWT of objects")
    return claims


def read_client_keys(path: Path, key_id: str) -> list[dict[str, Any]]:
    """Return the client's registered public keys from a JWKS, a JWK or a PEM private key.

    A key without a name gets `key_id`, or its RFC 7638 thumbprint.
    """
    content = path.read_bytes()
    if content.lstrip().startswith(b"{"):
        document = json.loads(content)
        keys = document.get("keys", [document])
    else:
        keys = [_key(load_pem_private_key(content, password=None).public_key()).to_dict()]
    public = ("kty", "crv", "x", "y", "n", "e", "kid")
    keys = [{name: key[name] for name in public if name in key} for key in keys]
    return [{"kid": key_id or _thumbprint(key)} | key for key in keys]


def _thumbprint(jwk: dict[str, str]) -> str:
    members = ("crv", "kty", "x", "y") if jwk["kty"] == "EC" else ("e", "kty", "n")
    text = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"))
    return b64(hashlib.sha256(text.encode()).digest())
