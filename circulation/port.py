"""The port to the system that lends, in the words of PAIA (https://gbv.github.io/paia/).

`LIBRARY_SYSTEM` names the adapter. Loans and holds are rows of ours whichever it is, so whoever
reads them needs no adapter: `local` keeps them itself, `files` has them from the library system's
last snapshot; with `none` nothing is known here of what a library system lends. No page waits for
another machine: what is asked of a library system by files is a row until the worker writes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, IntEnum, StrEnum
from functools import cache
from typing import NamedTuple, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from branches.models import Branch
from catalog.models import Record
from circulation.enums import HoldState, Refusal, Standing
from patrons.models import Patron

ADAPTERS = {
    "local": "circulation.local.system.LocalSystem",
    "files": "circulation.files.system.FilesSystem",
    "none": "circulation.elsewhere.Elsewhere",
}


class Status(IntEnum):
    """What an item is to a patron (PAIA, section 2.2)."""

    RESERVED = 1
    ORDERED = 2
    HELD = 3
    PROVIDED = 4
    REJECTED = 5


STATUS_OF_HOLD = {
    HoldState.WAITING: Status.RESERVED,
    HoldState.SECURED: Status.ORDERED,
    HoldState.READY: Status.PROVIDED,
    HoldState.EXPIRED: Status.REJECTED,
}


class Capability(StrEnum):
    """What a patron can do in My Library; `LEND` is what staff do at the counter."""

    REQUEST = "request"
    RENEW = "renew"
    CANCEL = "cancel"
    CHANGE_PICKUP = "change_pickup"
    SUSPEND = "suspend"
    LEND = "lend"


class Outcome(Enum):
    """What became of something asked for: done, or passed on and not decided yet."""

    DONE = "done"
    ASKED = "asked"


class Refused(Exception):
    """The library system does not do it, and why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Counts(NamedTuple):
    """Numbers of items: lent, overdue (延滞資料), held, ready to be fetched (利用可能な資料)."""

    loans: int = 0
    overdue: int = 0
    holds: int = 0
    ready: int = 0


class Unavailable(Exception):
    """What is lent is not known now: what was known last (None: nothing), and since when."""

    def __init__(self, counts: Counts | None = None, as_of: datetime | None = None) -> None:
        super().__init__()
        self.counts, self.as_of = counts, as_of


class Listed(Protocol):
    """A record, or as much of one as a list shows."""

    @property
    def pk(self) -> int: ...

    @property
    def lang(self) -> str:
        """The language of its title as HTML names it."""
        ...

    @property
    def deleted_at(self) -> datetime | None: ...


@dataclass(frozen=True, kw_only=True)
class Document:
    """One loan or hold of a patron (PAIA's `doc`); `pk` is its row's.

    A loan has `due`, and `refusal` where it cannot be renewed now. A hold has
    `position` (from 1, while it waits), `pickup`, `suspended_until`, and, once it is ready,
    `keep_until` and `shelf_number`. `record` is None where the catalogue does not have it. A hold
    that a library system was asked for, and has not made, has no row: `pk` is 0; one that it
    refused is REJECTED with its `refusal`. `asked` is what was asked of it and is not decided.
    """

    pk: int
    status: Status
    title: str
    record: Listed | None = None
    due: date | None = None
    refusal: Refusal | None = None
    position: int | None = None
    pickup: Branch | None = None
    suspended_until: date | None = None
    keep_until: date | None = None
    shelf_number: int | None = None
    can_change: bool = False
    can_cancel: bool = False
    asked: Capability | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """A patron's loans by due date and holds as they stand, and since when that is true.

    `standing` is what a library system of its own says of the patron.
    """

    as_of: datetime
    loans: tuple[Document, ...]
    holds: tuple[Document, ...]
    standing: Standing | None = None


def shown(patron: Patron, account: Account) -> Account:
    """Return an account as its patron's pages show it: of a withheld one no place to meet them."""
    if not patron.is_withheld:
        return account
    return replace(account, holds=tuple(replace(hold, pickup=None) for hold in account.holds))


def renew_each(
    loans: Sequence[int], renew: Callable[[int], Outcome]
) -> dict[int, Outcome | Refusal]:
    """Renew loans each on its own; return what became of each, or why it is refused."""
    outcomes: dict[int, Outcome | Refusal] = {}
    for loan in loans:
        try:
            outcomes[loan] = renew(loan)
        except Refused as refused:
            outcomes[loan] = refused.refusal
    return outcomes


class LibrarySystem(Protocol):
    """The system that lends. Reading raises Unavailable, everything else Refused."""

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    def is_current(self) -> bool:
        """Return whether loans and holds can be told of as they stand in our rows."""
        ...

    def items(self, *, patron: Patron) -> Account: ...

    def counts(self, *, patron: Patron) -> tuple[Counts, datetime]:
        """Return what is counted of a patron's items, and since when that is true."""
        ...

    def request(self, *, patron: Patron, record: Record, pickup: Branch) -> Outcome: ...

    def renew(self, *, patron: Patron, loans: Sequence[int]) -> dict[int, Outcome | Refusal]:
        """Renew loans by primary key, each on its own; those of nobody else."""
        ...

    def cancel(self, *, patron: Patron, hold: int) -> Outcome: ...

    def change_pickup(self, *, patron: Patron, hold: int, pickup: Branch) -> Outcome: ...

    def suspend(self, *, patron: Patron, hold: int, until: date | None) -> Outcome:
        """Let others go first until a day (inclusive); None ends that."""
        ...


@cache
def _adapter(name: str) -> LibrarySystem:
    adapter: LibrarySystem = import_string(ADAPTERS[name])()
    return adapter


def library_system() -> LibrarySystem:
    """Return the adapter that `LIBRARY_SYSTEM` names."""
    return _adapter(settings.LIBRARY_SYSTEM)
