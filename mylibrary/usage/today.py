"""What is of today in a patron's loans and holds: what is late, due soon, or to be fetched."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from circulation.port import Document, Status, Unavailable, library_system
from mylibrary.usage import words
from patrons.models import Patron

SOON_DAYS = 3


@dataclass(frozen=True)
class Line:
    """One matter: `kind` is `late`, `soon` or `ready`; the rest as it is shown, `about` its row."""

    kind: str
    when: str
    number: str
    about: Document
    others: str
    lang: str = "ja"
    more: str = ""


@dataclass(frozen=True)
class Today:
    """What matters today, and since when that is known; `instead` where it is not."""

    lines: tuple[Line, ...] = ()
    as_of: str = ""
    instead: str = ""


def of(patron: Patron) -> Today:
    """Return what a patron has to know today."""
    try:
        account = library_system().items(patron=patron)
    except Unavailable as unknown:
        if unknown.counts is None:
            return Today()
        return Today(instead=" ".join(words.lines_not_shown(unknown)))
    today = timezone.localdate()
    left = {loan.pk: (loan.due - today).days for loan in account.loans if loan.due}
    late = [loan for loan in account.loans if left.get(loan.pk, 0) < 0]
    soon = [loan for loan in account.loans if 0 <= left.get(loan.pk, -1) <= SOON_DAYS]
    ready = [hold for hold in account.holds if hold.status == Status.PROVIDED]
    lines = []
    if late:
        more = words.due(late[0].due, today) if late[0].due else ""
        lines.append(_line("late", gettext("延滞"), words.counted(len(late)), late, more))
    if soon:
        days = left[soon[0].pk]
        when, number = (gettext("あと"), _days(days)) if days else ("", gettext("きょう"))
        more = words.due(soon[0].due, today) if soon[0].due else ""
        lines.append(_line("soon", when, number, soon, more))
    if ready:
        count = words.counted(len(ready))
        more = words.of_hold(ready[0], words.place_of(ready[0]))
        lines.append(_line("ready", gettext("取り置き"), count, ready, more))
    return Today(lines=tuple(lines), as_of=words.as_of(account.as_of))


def _line(kind: str, when: str, number: str, rows: list[Document], more: str) -> Line:
    others = len(rows) - 1
    said = ngettext("ほか%s冊", "ほか%s冊", others) % others if others else ""
    return Line(kind, when, number, rows[0], said, words.lang_of(rows[0]), more)


def _days(days: int) -> str:
    return ngettext("%(days)s日", "%(days)s日", days) % {"days": days}
