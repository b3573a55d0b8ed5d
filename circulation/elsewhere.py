"""The port where a library system lends and tells this service nothing of it."""

from collections.abc import Sequence
from datetime import date
from typing import NoReturn

from branches.models import Branch
from catalog.models import Record
from circulation.enums import Refusal
from circulation.port import Account, Capability, Counts, Outcome, Refused, Unavailable
from patrons.models import Patron


class Elsewhere:
    """Nothing is known and nothing can be done here."""

    capabilities: frozenset[Capability] = frozenset()

    def is_current(self) -> bool:
        return False

    def items(self, *, patron: Patron) -> Account:
        raise Unavailable

    def counts(self, *, patron: Patron) -> tuple[Counts, NoReturn]:
        raise Unavailable

    def request(self, *, patron: Patron, record: Record, pickup: Branch) -> Outcome:
        raise Refused(Refusal.NOT_OFFERED)

    def renew(self, *, patron: Patron, loans: Sequence[int]) -> dict[int, Outcome | Refusal]:
        return dict.fromkeys(loans, Refusal.NOT_OFFERED)

    def cancel(self, *, patron: Patron, hold: int) -> Outcome:
        raise Refused(Refusal.NOT_OFFERED)

    def change_pickup(self, *, patron: Patron, hold: int, pickup: Branch) -> Outcome:
        raise Refused(Refusal.NOT_OFFERED)

    def suspend(self, *, patron: Patron, hold: int, until: date | None) -> Outcome:
        raise Refused(Refusal.NOT_OFFERED)
