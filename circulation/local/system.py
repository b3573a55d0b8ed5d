"""The port, answered from our own tables."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from branches.models import Branch
from catalog.models import Record
from circulation.enums import Refusal
from circulation.local import holding, lending
from circulation.local.reading import counts_of, items_of
from circulation.port import Account, Capability, Counts, Outcome, renew_each, shown
from patrons.models import Patron


class LocalSystem:
    """Loans and holds that are kept here, true at this moment."""

    capabilities = frozenset(Capability)

    def is_current(self) -> bool:
        return True

    def items(self, *, patron: Patron) -> Account:
        now = timezone.now()
        loans, holds = items_of(patron, timezone.localdate(now))
        return shown(patron, Account(as_of=now, loans=loans, holds=holds))

    def counts(self, *, patron: Patron) -> tuple[Counts, datetime]:
        now = timezone.now()
        return counts_of(patron, timezone.localdate(now)), now

    def request(self, *, patron: Patron, record: Record, pickup: Branch) -> Outcome:
        holding.place_hold(patron=patron, record=record, pickup=pickup)
        return Outcome.DONE

    def renew(self, *, patron: Patron, loans: Sequence[int]) -> dict[int, Outcome | Refusal]:
        def renew_one(loan: int) -> Outcome:
            lending.renew(patron=patron, loan_id=loan, today=timezone.localdate())
            return Outcome.DONE

        return renew_each(loans, renew_one)

    def cancel(self, *, patron: Patron, hold: int) -> Outcome:
        holding.cancel_hold(patron=patron, hold_id=hold)
        return Outcome.DONE

    def change_pickup(self, *, patron: Patron, hold: int, pickup: Branch) -> Outcome:
        holding.change_pickup(patron=patron, hold_id=hold, pickup=pickup)
        return Outcome.DONE

    def suspend(self, *, patron: Patron, hold: int, until: date | None) -> Outcome:
        today = timezone.localdate()
        holding.suspend_hold(patron=patron, hold_id=hold, until=until, today=today)
        return Outcome.DONE
