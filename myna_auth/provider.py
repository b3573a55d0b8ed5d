"""Where the identity service is, who we are to it, and the address that sends a browser there.

Light on purpose: starting an identification loads neither cryptography nor an HTTP client.
"""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings

SUPPORTED_ALGORITHMS = ("ES256", "RS256")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The identity service's addresses and our registration with it; times in seconds."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    client_id: str
    redirect_uri: str
    scope: str
    id_token_algorithms: tuple[str, ...]
    key_file: str
    key_id: str
    assertion_audience: str
    timeout: float
    published_key_files: tuple[str, ...] = ()

    @classmethod
    def from_settings(cls) -> "Provider":
        return cls(
            issuer=settings.MYNA_ISSUER,
            authorization_endpoint=settings.MYNA_AUTHORIZATION_ENDPOINT,
            token_endpoint=settings.MYNA_TOKEN_ENDPOINT,
            userinfo_endpoint=settings.MYNA_USERINFO_ENDPOINT,
            jwks_uri=settings.MYNA_JWKS_URI,
            client_id=settings.MYNA_CLIENT_ID,
            redirect_uri=settings.MYNA_CALLBACK_URL,
            scope=settings.MYNA_SCOPES,
            id_token_algorithms=tuple(settings.MYNA_ID_TOKEN_ALGS),
            key_file=str(settings.MYNA_CLIENT_PRIVATE_KEY_FILE),
            key_id=settings.MYNA_CLIENT_KEY_ID,
            assertion_audience=settings.MYNA_CLIENT_ASSERTION_AUDIENCE,
            timeout=settings.MYNA_TIMEOUT_SECONDS,
            published_key_files=tuple(settings.MYNA_CLIENT_PUBLISHED_KEY_FILES),
        )

    def authorization_url(self, *, state: str, nonce: str, code_verifier: str) -> str:
        """Return the authorization request (RFC 6749, RFC 7636 with S256).

        The service lists these parameters and no others; nothing else is sent.
        """
        challenge = hashlib.sha256(code_verifier.encode()).digest()
        query = {
            "response_type": "code",
            "scope": self.scope,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in self.authorization_endpoint else "?"
        return f"{self.authorization_endpoint}{separator}{urlencode(query)}"
