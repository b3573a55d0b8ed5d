"""An authenticator in software, which makes the responses a browser would send (WebAuthn Level 3).

It signs with real keys; what a test changes is what a hostile or broken one could change.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from django.utils.http import urlsafe_base64_decode as decoded
from django.utils.http import urlsafe_base64_encode as encoded

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 1, 4, 8, 16, 64
UNLOCKED = USER_PRESENT | USER_VERIFIED
ORIGIN = "http://localhost:8000"
RP_ID = "localhost"


def _number(value: int, length: int = 32) -> bytes:
    return value.to_bytes(length, "big")


@dataclass
class Key:
    """A private key, its public key as COSE writes it, and how it signs."""

    cose: dict[int, Any]
    sign: Callable[[bytes], bytes]


def es256() -> Key:
    """Make a key as nearly every authenticator does."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_numbers()
    cose = {1: 2, 3: -7, -1: 1, -2: _number(public.x), -3: _number(public.y)}
    return Key(cose, lambda data: private.sign(data, ec.ECDSA(SHA256())))


def rs256() -> Key:
    """Make a key as Windows Hello does."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_numbers()
    cose = {1: 3, 3: -257, -1: _number(public.n, 256), -2: _number(public.e, 3)}
    return Key(cose, lambda data: private.sign(data, padding.PKCS1v15(), SHA256()))


def eddsa() -> Key:
    """Make an Ed25519 key."""
    private = ed25519.Ed25519PrivateKey.generate()
    cose = {1: 1, 3: -8, -1: 6, -2: private.public_key().public_bytes_raw()}
    return Key(cose, private.sign)


@dataclass
class Authenticator:
    """One passkey; attributes are what it says, and may be changed between two responses."""

    key: Key = field(default_factory=es256)
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    user_handle: bytes = b""
    sign_count: int = 0
    flags: int = UNLOCKED
    origin: str = ORIGIN
    rp_id: str = RP_ID
    transports: tuple[Any, ...] = ("internal", "hybrid")

    def create(self, options: dict[str, Any], **client_data: Any) -> dict[str, Any]:
        """Return the response to `navigator.credentials.create`."""
        self.user_handle = decoded(options["user"]["id"])
        length = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential_id + cbor2.dumps(self.key.cose)
        statement = {
            "fmt": "none",
            "attStmt": {},
            "authData": self._data(self.flags | ATTESTED) + attested,
        }
        response = {
            "clientDataJSON": encoded(
                self._client_data("webauthn.create", options["challenge"], **client_data)
            ),
            "attestationObject": encoded(cbor2.dumps(statement)),
            "transports": list(self.transports),
        }
        return self._credential(response)

    def get(self, options: dict[str, Any], **client_data: Any) -> dict[str, Any]:
        """Return the response to `navigator.credentials.get`."""
        signed = self._client_data("webauthn.get", options["challenge"], **client_data)
        data = self._data(self.flags)
        response = {
            "clientDataJSON": encoded(signed),
            "authenticatorData": encoded(data),
            "signature": encoded(self.key.sign(data + hashlib.sha256(signed).digest())),
            "userHandle": encoded(self.user_handle),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = encoded(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _client_data(self, kind: str, asked: str, **changes: Any) -> bytes:
        said = {"type": kind, "challenge": asked, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | changes).encode()

    def _data(self, flags: int) -> bytes:
        rp_id = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id + bytes([flags]) + self.sign_count.to_bytes(4, "big")
