"""The simulator's keys and JWTs, written against `cryptography` alone.

It shares no code with the client, so the two cannot agree on one mistake.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}


class BadJWT(Exception):
    """A JWT that does not verify; the text is shown to the developer of the client."""


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class SigningKey:
    """A key of the service with its name: P-256, or for faults P-384 and RSA."""

    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    kid: str

    @classmethod
    def new(cls, kind: str = "p256") -> "SigningKey":
        private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
        if kind == "rsa":
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        else:
            private = ec.generate_private_key(CURVES[kind])
        return cls(private, secrets.token_urlsafe(8))

    @property
    def algorithm(self) -> str:
        """What its tokens claim to be signed with; a P-384 key lies."""
        return "RS256" if isinstance(self.private, rsa.RSAPrivateKey) else "ES256"

    @property
    def public_jwk(self) -> dict[str, str]:
        jwk = _jwk_of(self.private.public_key())
        return jwk | {"kid": self.kid, "use": "sig", "alg": self.algorithm}

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        size = self.private.curve.key_size // 8
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


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
        signature = hmac.digest(key.public_pem(), signed.encode(), hashlib.sha256)
    else:
        signer = SigningKey.new() if sign_with == "other" else key
        signature = signer.sign(signed.encode())
    return f"{signed}.{b64(signature)}"


def decode_jwt(token: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the claims of a JWT signed with ES256 or RS256 by the key its `kid` names."""
    try:
        head, body, tail = token.split(".")
        header, claims = json.loads(unb64(head)), json.loads(unb64(body))
        signature = unb64(tail)
    except (ValueError, RecursionError):
        raise BadJWT("not a JWT") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadJWT("not a JWT of objects")
    named = [key for key in keys if key.get("kid") == header.get("kid")]
    if len(named) != 1:
        raise BadJWT("kid names no registered key")
    (jwk,) = named
    expected = "ES256" if jwk["kty"] == "EC" else "RS256"
    if header.get("alg") != expected:
        raise BadJWT(f"alg must be {expected}")
    try:
        _verify(jwk, f"{head}.{body}".encode(), signature)
    except Exception:
        raise BadJWT("signature does not verify") from None
    return claims


def _verify(jwk: dict[str, Any], data: bytes, signature: bytes) -> None:
    def number(name: str) -> int:
        return int.from_bytes(unb64(jwk[name]), "big")

    if jwk["kty"] == "EC":
        public = ec.EllipticCurvePublicNumbers(number("x"), number("y"), ec.SECP256R1())
        if len(signature) != 64:
            raise ValueError
        halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        der = encode_dss_signature(*halves)
        public.public_key().verify(der, data, ec.ECDSA(hashes.SHA256()))
    else:
        rsa_key = rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
        rsa_key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())


def read_client_keys(path: Path, key_id: str) -> list[dict[str, Any]]:
    """Return the client's registered public keys from a JWKS, a JWK or a PEM private key.

    A key without a name gets `key_id`, or its RFC 7638 thumbprint.
    """
    content = path.read_bytes()
    if content.lstrip().startswith(b"{"):
        document = json.loads(content)
        keys = document.get("keys", [document])
    else:
        private = serialization.load_pem_private_key(content, password=None)
        keys = [_jwk_of(private.public_key())]
    public = ("kty", "crv", "x", "y", "n", "e", "kid")
    keys = [{name: key[name] for name in public if name in key} for key in keys]
    return [{"kid": key_id or _thumbprint(key)} | key for key in keys]


def _jwk_of(public: Any) -> dict[str, str]:
    numbers = public.public_numbers()
    if isinstance(public, ec.EllipticCurvePublicKey):
        size = public.curve.key_size // 8
        x, y = (b64(value.to_bytes(size, "big")) for value in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": f"P-{public.curve.key_size}", "x": x, "y": y}
    n = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    return {"kty": "RSA", "n": b64(n), "e": b64(numbers.e.to_bytes(3, "big"))}


def _thumbprint(jwk: dict[str, str]) -> str:
    members = ("crv", "kty", "x", "y") if jwk["kty"] == "EC" else ("e", "kty", "n")
    text = json.dumps({name: jwk[name] for name in members}, separators=(",", ":"))
    return b64(hashlib.sha256(text.encode()).digest())
