"""Where the identity service is, who we are to it, and the address that sends a browser there.

Light on purpose: starting an identification loads neither cryptography nor an HTTP client.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from django.conf import settings

SUPPORTED_ALGORITHMS = ("ES256", "RS256")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The service and our registration with it; a field is the MYNA_ setting of its name."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    client_id: str
    callback_url: str
    scopes: str
    id_token_algs: Sequence[str]
    client_private_key_file: str
    client_key_id: str
    client_assertion_audience: str
    timeout_seconds: float
    client_published_key_files: Sequence[str] = ()

    @classmethod
    def from_settings(cls) -> "Provider":
        names = (field.name for field in fields(cls))
        return cls(**{name: getattr(settings, f"MYNA_{name.upper()}") for name in names})

    def authorization_url(self, *, state: str, nonce: str, code_verifier: str) -> str:
        """Return the request with exactly what the service lists (RFC 6749, RFC 7636 with S256)."""
        challenge = hashlib.sha256(code_verifier.encode()).digest()
        query = {
            "response_type": "code",
            "scope": self.scopes,
            "client_id": self.client_id,
            "redirect_uri": self.callback_url,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in self.authorization_endpoint else "?"
        return f"{self.authorization_endpoint}{separator}{urlencode(query)}"
