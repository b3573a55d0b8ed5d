"""System checks of the identity client: what would only fail when somebody comes back."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from myna_auth.provider import Provider

SUPPORTED = ("ES256", "RS256")


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Addresses, algorithms and scopes."""
    return list(_settings_problems(Provider.from_settings()))


def check_client_key(**kwargs: Any) -> list[CheckMessage]:
    """The private key: present, readable by us alone, strong, and of the configured algorithm."""
    # Keeps cryptography out of processes that run no checks.
    from myna_auth.keys import KeyProblem, load_client_key

    provider = Provider.from_settings()
    if not provider.key_file and settings.DEMO:
        return []
    try:
        load_client_key(provider)
    except KeyProblem as problem:
        return [
            Error(
                str(problem), hint="`manage.py myna_keygen FILE` makes a key.", id="myna_auth.E001"
            )
        ]
    if stat.S_IMODE(Path(provider.key_file).stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        return [
            Warning(
                "The private key file can be read by other users.",
                hint="chmod 600 it.",
                id="myna_auth.W001",
            )
        ]
    return []


def _settings_problems(provider: Provider) -> Iterator[CheckMessage]:
    if provider.issuer.endswith("/"):
        yield Warning("MYNA_ISSUER ends with a slash; it is compared exactly.", id="myna_auth.W002")
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        address = urlsplit(getattr(provider, name))
        if address.scheme not in ("http", "https") or not address.hostname or address.fragment:
            yield Error(f"MYNA_{name.upper()} is not a web address.", id="myna_auth.E002")
    if provider.assertion_algorithm not in SUPPORTED:
        yield Error("MYNA_CLIENT_ASSERTION_ALG must be ES256 or RS256.", id="myna_auth.E003")
    if not provider.id_token_algorithms or set(provider.id_token_algorithms) - set(SUPPORTED):
        yield Error("MYNA_ID_TOKEN_ALGS may name ES256 and RS256 only.", id="myna_auth.E004")
    if "openid" not in provider.scope.split():
        yield Error("MYNA_SCOPES must contain openid.", id="myna_auth.E005")
    if provider.timeout <= 0:
        yield Error("MYNA_TIMEOUT_SECONDS must be above 0.", id="myna_auth.E006")
