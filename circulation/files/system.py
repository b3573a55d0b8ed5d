"""The port, answered from the library system's last snapshot; no page looks into its folder."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch
from catalog.models import Record
from circulation.enums import HoldState, Refusal, Standing
from circulation.files import asking
from circulation.files.models import (
    LibraryRequest,
    PatronStanding,
    RequestedAct,
    RequestOutcome,
    Snapshot,
)
from circulation.local.system import counts_of
from circulation.models import Hold, Loan
from circulation.port import (
    STATUS_OF_HOLD,
    Account,
    Capability,
    Counts,
    Document,
    Outcome,
    Refused,
    Status,
    Unavailable,
    renew_each,
    shown,
)
from patrons.models import Patron

# Snapshots come every few minutes: an older one is shown no more, but for its counts.
MAX_AGE = timedelta(hours=2)


class FilesSystem:
    """Loans and holds as a file told them, true at a moment that is over."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(map(Capability, settings.LIBRARY_SYSTEM_ACCEPTS))

    def is_current(self) -> bool:
        last = Snapshot.objects.last_loaded()
        return last is not None and not is_old(last.as_of, timezone.now())

    def items(self, *, patron: Patron) -> Account:
        standing, as_of = _known(patron)
        requests = list(LibraryRequest.objects.of(patron).with_record().select_related("pickup"))
        account = Account(
            as_of=as_of,
            loans=tuple(_loans(patron, requests)),
            holds=tuple(_holds(patron, requests)),
            standing=standing,
        )
        return shown(patron, account)

    def counts(self, *, patron: Patron) -> tuple[Counts, datetime]:
        _, as_of = _known(patron)
        return counts_of(patron, timezone.localdate()), as_of

    def request(self, *, patron: Patron, record: Record, pickup: Branch) -> Outcome:
        return self._ask(
            Capability.REQUEST, asking.ask_to_hold, patron=patron, record=record, pickup=pickup
        )

    def renew(self, *, patron: Patron, loans: Sequence[int]) -> dict[int, Outcome | Refusal]:
        def renew_one(loan: int) -> Outcome:
            return self._ask(Capability.RENEW, asking.ask_to_renew, patron=patron, loan_id=loan)

        return renew_each(loans, renew_one)

    def cancel(self, *, patron: Patron, hold: int) -> Outcome:
        return self._ask(Capability.CANCEL, asking.ask_to_cancel, patron=patron, hold_id=hold)

    def change_pickup(self, *, patron: Patron, hold: int, pickup: Branch) -> Outcome:
        act = asking.ask_to_change_pickup
        return self._ask(Capability.CHANGE_PICKUP, act, patron=patron, hold_id=hold, pickup=pickup)

    def suspend(self, *, patron: Patron, hold: int, until: date | None) -> Outcome:
        today = timezone.localdate()
        return self._ask(
            Capability.SUSPEND,
            asking.ask_to_suspend,
            patron=patron,
            hold_id=hold,
            until=until,
            today=today,
        )

    def _ask(
        self, capability: Capability, ask: Callable[..., None], *, patron: Patron, **what: Any
    ) -> Outcome:
        if capability not in self.capabilities:
            raise Refused(Refusal.NOT_OFFERED)
        try:
            standing, _ = _known(patron)
        except Unavailable:
            # Nobody would know when it is answered.
            raise Refused(Refusal.NOT_OFFERED) from None
        if standing != Standing.ACTIVE:
            raise Refused(Refusal.WITHDRAWN)
        ask(patron=patron, **what)
        return Outcome.ASKED


def standing_of(patron_id: int) -> tuple[Standing | None, datetime | None]:
    """Return what the library system says of a patron (None: nothing), and since when."""
    last = Snapshot.objects.last_loaded()
    stored = PatronStanding.objects.filter(patron=patron_id).values_list("standing", flat=True)
    standing = stored.first()
    return (Standing(standing) if standing else None), last.as_of if last else None


def is_old(as_of: datetime, now: datetime) -> bool:
    """Return whether a snapshot is too old to be taken for what is true."""
    return now - as_of > MAX_AGE


def _known(patron: Patron) -> tuple[Standing, datetime]:
    """Return what stands in a snapshot that is not too old; raises Unavailable."""
    standing, as_of = standing_of(patron.pk)
    if standing is None or as_of is None:
        raise Unavailable
    if is_old(as_of, timezone.now()):
        raise Unavailable(counts_of(patron, timezone.localdate()), as_of)
    return standing, as_of


def _loans(patron: Patron, requests: Sequence[LibraryRequest]) -> Iterable[Document]:
    for loan in Loan.objects.of(patron).with_record():
        about = [request for request in requests if request.item_number == loan.item_number]
        refused = [
            request
            for request in about
            if request.outcome == RequestOutcome.REFUSED and request.due_before == loan.due
        ]
        yield Document(
            pk=loan.pk,
            status=Status.HELD,
            title=_title(loan),
            record=loan.record,
            due=loan.due,
            refusal=_refusal(loan.refusal) or _last_refusal(refused),
            asked=_asked(about),
        )


def _holds(patron: Patron, requests: Sequence[LibraryRequest]) -> Iterable[Document]:
    for hold in Hold.objects.of(patron).with_record().select_related("pickup"):
        about = [request for request in requests if request.hold_number == hold.number != ""]
        waits = hold.state == HoldState.WAITING
        yield Document(
            pk=hold.pk,
            status=STATUS_OF_HOLD[HoldState(hold.state)],
            title=_title(hold),
            record=hold.record,
            refusal=_last_refusal(about),
            position=hold.position if waits else None,
            pickup=hold.pickup,
            suspended_until=hold.suspended_until,
            keep_until=hold.keep_until,
            shelf_number=hold.shelf_number if hold.state == HoldState.READY else None,
            can_change=waits,
            can_cancel=hold.state != HoldState.EXPIRED,
            asked=_asked(about),
        )
    # Of each record the last: what was refused may have been granted since.
    asked = {one.record_id: one for one in requests if one.act == RequestedAct.REQUEST}
    for request in asked.values():
        if request.outcome in ("", RequestOutcome.REFUSED):
            is_open = not request.outcome
            yield Document(
                pk=0,
                status=Status.RESERVED if is_open else Status.REJECTED,
                title=str(request.record),
                record=request.record,
                refusal=_refusal(request.refusal),
                pickup=request.pickup,
                asked=_asked([request]),
            )


def _title(row: Loan | Hold) -> str:
    return str(row.record or row.title or _("書名のわからない資料"))


def _asked(requests: Iterable[LibraryRequest]) -> Capability | None:
    """Return the last of what waits for an answer."""
    waiting = [request for request in requests if not request.outcome]
    return Capability(waiting[-1].act) if waiting else None


def _last_refusal(requests: Sequence[LibraryRequest]) -> Refusal | None:
    """Return why the last of what was asked is not done, if it is not."""
    return _refusal(requests[-1].refusal) if requests else None


def _refusal(stored: str) -> Refusal | None:
    return Refusal(stored) if stored else None
