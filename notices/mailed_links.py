"""Links that are mailed: the id of a row, and a digest of all that must still be true.

The digest is an HMAC over the row's id and a state that the caller names, so a link is dead after
anything of it has changed: its use, another address, a new password. It stands in the query string,
which no log of ours has, and in no stored message: it is made when the mail is sent (`enclosures`),
and made again it is the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode

KEY = "key"
_ID_LENGTH = 32
_DIGEST_LENGTH = 32


def holds_a_key(text: str) -> bool:
    """Return whether a text has a link with a key in it."""
    return f"?{KEY}=" in text


def row_id(key: str) -> UUID | None:
    """Return the row that a key speaks of, whether the key is right or not."""
    if len(key) != _ID_LENGTH + _DIGEST_LENGTH or not key.isascii():
        return None
    try:
        return UUID(hex=key[:_ID_LENGTH])
    except ValueError:
        return None


@dataclass(frozen=True)
class MailedLink:
    """A kind of link: the salt of its digests, and the name of the page that it leads to."""

    salt: str
    page: str

    def address(self, row: UUID, state: Iterable[object]) -> str:
        """Return a link's whole address; call after everything it depends on was stored."""
        key = f"{row.hex}{self._digest(row, state, settings.SECRET_KEY)}"
        return f"{settings.PUBLIC_BASE_URL}{reverse(self.page)}?{urlencode({KEY: key})}"

    def matches(self, key: str, row: UUID, state: Iterable[object]) -> bool:
        """Return whether a key is the row's, and everything it depends on is as it was."""
        state = tuple(state)
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        keys = [f"{row.hex}{self._digest(row, state, secret)}" for secret in secrets]
        return any(constant_time_compare(key, right) for right in keys)

    def _digest(self, row: UUID, state: Iterable[object], secret: str) -> str:
        text = "\x1f".join(str(part) for part in (row.hex, *state))
        digest = salted_hmac(self.salt, text, secret=secret, algorithm="sha256")
        return digest.hexdigest()[:_DIGEST_LENGTH]
