"""What a mail holds that is stored nowhere, because it opens something: a link with a key, digits.

A message's text keeps a place for it, in words that its readers in the inbox, the admin and the
patron's own data see for ever. The worker makes the thing when it sends the mail. An app that mails
such things has a module `enclosures`, which Django imports at the start because of its name, and
which names who makes them (and who gives titles, `notices.titles`):

    @encloses("mylibrary.password_reset")
    def reset_link(notice: Notice) -> str | None: ...

It is called before each attempt to send, in a transaction of its own, and finds its row by
`notice.enclosed_id`. Drawn digits it stores as a keyed hash, with their end counted from now;
nothing of it may be logged or raised. After an attempt whose answer was lost it is called again: a
link must come out the same, drawn digits replace the former ones. None says that there is nothing
to open any more, or not for that recipient; then the mail is given up.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode

from notices.texts import DIGITS, LINK, in_every_language

if TYPE_CHECKING:
    from notices.models import Notice

KEY = "key"  # of an address that opens something
_ID_LENGTH = 32
_DIGEST_LENGTH = 32

Make = Callable[["Notice"], str | None]
makers: dict[str, Make] = {}


class Enclosed(NamedTuple):
    """What a mail is to enclose: by whom it is made, and of which row."""

    name: str
    row: object


def encloses(name: str) -> Callable[[Make], Make]:
    """Name what makes the enclosures of one kind."""

    def remember(make: Make) -> Make:
        makers[name] = make
        return make

    return remember


def fill(notice: "Notice") -> str | None:
    """Return a message's text as it is mailed, made now; None where nothing is left to enclose."""
    if not notice.enclosed:
        return notice.body
    made = makers[notice.enclosed](notice)
    if made is None:
        return None
    body = notice.body
    for place in in_every_language(LINK, DIGITS):
        body = body.replace(place, made)
    return body


@dataclass(frozen=True)
class MailedLink:
    """A kind of link: the salt of its digests, and the name of the page that it leads to.

    Its key is a row's id and an HMAC over that and all that must still be true, a state that the
    caller names: the link is dead after anything of it has changed. It stands in the query string,
    which no log of ours has.
    """

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


class MailedLinkDead(Exception):
    """A mailed link opens nothing (any more)."""


def row_id(key: str) -> UUID | None:
    """Return the row that a link's key speaks of, whether the key is right or not."""
    if len(key) != _ID_LENGTH + _DIGEST_LENGTH or not key.isascii():
        return None
    try:
        return UUID(hex=key[:_ID_LENGTH])
    except ValueError:
        return None
