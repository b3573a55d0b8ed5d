"""What the card counts of a patron's items, and since when that is known."""

from dataclasses import dataclass

from circulation.port import Unavailable, library_system
from mylibrary.usage import words
from patrons.models import Patron


@dataclass(frozen=True)
class Counted:
    """The card's lines 延滞資料 and 利用可能な資料; without them, `instead` says where to ask."""

    overdue: str = ""
    ready: str = ""
    as_of: str = ""
    instead: str = ""


def of(patron: Patron) -> Counted:
    """Return what the card says; a number only where it is known, or was."""
    try:
        counts, as_of = library_system().counts(patron=patron)
    except Unavailable as unknown:
        if unknown.counts is None:
            return Counted(instead=str(words.ASK_AT_COUNTER))
        return Counted(*words.lines_not_shown(unknown))
    overdue, ready = words.lines_of(counts)
    return Counted(overdue, ready, words.as_of(as_of))
