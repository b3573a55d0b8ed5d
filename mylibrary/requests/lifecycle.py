"""The moves that a wanted title may make; a trigger of the database holds the same table."""

from collections.abc import Mapping

from mylibrary.requests.enums import TitleState

_DECIDED = {TitleState.BUYING, TitleState.BORROWING, TitleState.READY, TitleState.DECLINED}
ALLOWED: Mapping[TitleState, frozenset[TitleState]] = {
    before: frozenset(after)
    for before, after in {
        TitleState.RECEIVED: {TitleState.CONSIDERED, *_DECIDED, TitleState.WITHDRAWN},
        TitleState.CONSIDERED: {*_DECIDED, TitleState.WITHDRAWN},
        # What was ordered may turn out to be sold out.
        TitleState.BUYING: {TitleState.BORROWING, TitleState.READY, TitleState.DECLINED},
        TitleState.BORROWING: {TitleState.BUYING, TitleState.READY, TitleState.DECLINED},
        TitleState.DECLINED: set(),
        TitleState.READY: set(),
        TitleState.WITHDRAWN: set(),
    }.items()
}
# Patrons may take back what is undecided.
UNDECIDED = frozenset(each for each in ALLOWED if TitleState.WITHDRAWN in ALLOWED[each])
CLOSED = frozenset(each for each in ALLOWED if not ALLOWED[each])
OPEN = frozenset(ALLOWED) - CLOSED
# What patrons are told by a message; the rest stands on their page.
ANSWERS = frozenset(_DECIDED)
