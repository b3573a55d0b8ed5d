"""What the simulated service remembers about a login on its way: in memory, for a while."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from demo.simulator.faults import FAULTS, Fault

TRANSACTION_SECONDS = 1800
CODE_SECONDS = 60
TOKEN_SECONDS = 300
MAXIMUM_ENTRIES = 10_000


class PageError(Exception):
    """A request that can only be answered by a page that says why."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is handed out about somebody."""

    subject: str
    name: str
    birthdate: str
    address: str


@dataclass(kw_only=True)
class Pairing:
    """A phone that reads the card for a PC: the QR code's handle, then a number to type."""

    handle: str
    transaction: str
    seconds: float
    expires: float
    cancelled: bool = False
    number: str = ""
    person: Person | None = None
    fault: str = "none"
    tries: int = 0

    @property
    def expired(self) -> bool:
        return self.expires < time.time()


@dataclass(kw_only=True)
class Grant:
    """One authorization on its way: first a page, then a code, then an access token."""

    parameters: dict[str, str]
    expires: float = field(default_factory=lambda: time.time() + TRANSACTION_SECONDS)
    person: Person | None = None
    fault: Fault = FAULTS["none"]
    code_used: bool = False
    userinfo_asked: bool = False
    pairing: Pairing | None = None
    session_state: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class _Expiring(Protocol):
    expires: float


Entry = TypeVar("Entry", bound=_Expiring)


def remember(entries: dict[str, Entry], key: str, entry: Entry) -> None:
    """Add an entry; the expired ones, then the oldest, make room when there are too many."""
    now = time.time()
    if len(entries) >= MAXIMUM_ENTRIES:
        for old in [k for k, v in entries.items() if v.expires < now]:
            del entries[old]
        while len(entries) >= MAXIMUM_ENTRIES:
            del entries[next(iter(entries))]
    entries[key] = entry
