"""The identity service these tests walk through."""

from tests.identity import (
    client_key_file,
    identity_provider,
    identity_service,
    live_identity,
    site,
)

__all__ = ["client_key_file", "identity_provider", "identity_service", "live_identity", "site"]
