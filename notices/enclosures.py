"""What a mail holds that is stored nowhere, because it opens something: a link with a key, digits.

A message's text keeps a place for it, in words that its readers in the inbox, the admin and the
patron's own data see for ever. The worker makes the thing when it sends the mail. An app that mails
such things has a module `enclosures`, which Django imports at the start because of its name, and
which names who makes them:

    @encloses("mylibrary.password_reset")
    def reset_link(notice: Notice) -> str | None: ...

It is called before each attempt to send, in a transaction that is committed before the mail server
is spoken to, and finds its row by `notice.enclosed_id`. What has to be checked later without being
derived from the row again (digits that were drawn) it stores as a keyed hash, with its end counted
from now; nothing of it may be logged or raised. After an attempt whose answer was lost it is called
again, and whatever it returned before may have been delivered: a link must come out the same, drawn
digits replace the former ones. None says that there is nothing to open any more, or not for that
recipient; then the mail is given up.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from notices.models import Notice

LINK = "（リンクはメールにだけ書かれています）"
DIGITS = "（数字はメールにだけ書かれています）"
PLACES = (LINK, DIGITS)

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


def has_place(body: str) -> bool:
    """Return whether a text keeps a place for what is enclosed."""
    return any(place in body for place in PLACES)


def fill(notice: "Notice") -> str | None:
    """Return a message's text as it is mailed, made now; None where nothing is left to enclose."""
    if not notice.enclosed:
        return notice.body
    made = makers[notice.enclosed](notice)
    if made is None:
        return None
    body = notice.body
    for place in PLACES:
        body = body.replace(place, made)
    return body
