"""Titles of what a message is about, which are stored nowhere: they are filled in on reading.

What somebody reads is nobody else's business, and a text stays for years. A message knows the
primary keys of its loans, holds or whatever else (`Notice.about`), and keeps a place in its text
(`TITLES` of its template). Who gives the titles of a kind says so in the app's module `enclosures`,
which Django imports at the start (`notices.enclosures`):

    @titled(NoticeKind.LOAN_DUE)
    def titles(patron: Patron, ids: Sequence[int]) -> list[str]: ...

It gives those of rows that are there now and are that patron's, and nothing for the rest: a title
dies with what it was told of. Nothing of it may be logged or raised.
"""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext, override

from characters.text import one_line
from notices.enums import OF_LENDING, NoticeKind
from notices.models import Notice, NoticeChoice
from notices.texts import TITLES, in_every_language, language_of
from patrons.models import Patron

Titles = Callable[[Patron, Sequence[int]], list[str]]
givers: dict[str, Titles] = {}


def titled(kind: NoticeKind) -> Callable[[Titles], Titles]:
    """Name what gives the titles of one kind of messages."""

    def remember(give: Titles) -> Titles:
        givers[kind] = give
        return give

    return remember


def titles_of(notice: Notice) -> list[str]:
    """Return the titles of what a message is about, as of now; those that are gone are left out."""
    return _given(notice.kind, notice.patron, notice.about)


def titles_by_kind(patron: Patron) -> dict[NoticeKind, list[str]]:
    """Return the titles of what all messages of a patron are about, as of now, one call a kind."""
    ids: dict[str, set[int]] = {}
    for kind, about in Notice.objects.inbox_of(patron).about_something():
        ids.setdefault(kind, set()).update(about)
    given = {kind: _given(kind, patron, sorted(ids[kind])) for kind in sorted(ids)}
    return {NoticeKind(kind): titles for kind, titles in given.items() if titles}


def with_titles(notice: Notice, body: str) -> str:
    """Return a message's text with the titles at their place, as its patron alone may read it."""
    if not notice.about:
        return body
    with override(language_of(notice.subject)):
        lines = [gettext("・%(title)s") % {"title": title} for title in titles_of(notice)]
        if not lines and notice.kind in OF_LENDING:
            lines = [gettext("書名は、貸出や予約が終わると表示されません。")]
        shown = "\n".join(lines or [gettext("書名は、もう表示できません。")])
    for place in in_every_language(TITLES):
        body = body.replace(place, shown)
    return body


def as_mailed(notice: Notice, body: str) -> str:
    """Return a message's text as it is mailed now: with titles by the patron's choice only.

    And only to the mailbox that is known to be the patron's: another may be a stranger's.
    """
    patron = notice.patron
    if not (notice.about and patron and NoticeChoice.objects.of(patron).titles_in_mails):
        return body
    is_own = patron.is_email_confirmed and notice.recipient == patron.email
    return with_titles(notice, body) if is_own else body


def _given(kind: str, patron: Patron | None, ids: Sequence[int]) -> list[str]:
    if not (patron and ids and kind in givers):
        return []
    return [one_line(title) for title in givers[kind](patron, ids)]
