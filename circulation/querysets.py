"""Named reads of loans and holds."""

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce

from catalog.models import Item, OfRecordQuerySet, Row
from circulation.enums import OPEN_HOLDS, HoldState
from notices.enums import FIRST_DAYS_BEFORE_DUE
from patrons.models import Patron

OVERDUE_AGAIN = timedelta(days=7)
# What patrons are still to be told of, as few rows, in indexes of their own.
DUE_UNTOLD = ~Q(due_told=F("due"))
HOLD_UNTOLD = Q(state__in=(HoldState.READY, HoldState.EXPIRED)) & ~Q(state_told=F("state"))
WAITS_AGAIN = Q(state__in=(HoldState.WAITING, HoldState.SECURED)) & ~Q(state_told="")


class LoanQuerySet(OfRecordQuerySet[Row]):
    def of(self, patron: Patron) -> Self:
        """A patron's, the first due first."""
        return self.filter(patron=patron).order_by("due", "pk")

    def overdue(self, today: date) -> Self:
        return self.filter(due__lt=today)

    def to_be_told_due(self, today: date) -> Self:
        """Loans of whose due date nobody was told, and that are due within the patron's days."""
        days = Coalesce("patron__notice_choice__days_before_due", FIRST_DAYS_BEFORE_DUE)
        last = ExpressionWrapper(Value(today) + days, output_field=models.DateField())
        soon = self.alias(last=last).filter(DUE_UNTOLD, due__gte=today, due__lte=F("last"))
        return soon.order_by("due", "pk")

    def to_be_told_due_by_choice(self, today: date) -> tuple[Self, Self]:
        """The same in two, each found by an index: near ones, and of who chose more days."""
        near = today + timedelta(days=FIRST_DAYS_BEFORE_DUE)
        untold = self.to_be_told_due(today)
        early = untold.filter(patron__notice_choice__days_before_due__gt=FIRST_DAYS_BEFORE_DUE)
        return untold.filter(due__lte=near), early.filter(due__gt=near)

    def to_be_told_overdue(self, today: date) -> Self:
        """Loans that are overdue since they were last told so, or were told so a week ago."""
        never = Q(overdue_told_on=None) | Q(overdue_told_on__lte=F("due"))
        again = Q(overdue_told_on__lte=today - OVERDUE_AGAIN)
        return self.overdue(today).filter(never | again).order_by("due", "pk")


class HoldQuerySet(OfRecordQuerySet[Row]):
    def of(self, patron: Patron) -> Self:
        """A patron's, in the order in which they were asked for."""
        return self.filter(patron=patron).order_by("pk")

    def open(self) -> Self:
        return self.filter(state__in=OPEN_HOLDS)

    def in_turn(self, today: date) -> Self:
        """Those that wait and do not let others go first; who has withdrawn can fetch nothing."""
        waits = self.filter(state=HoldState.WAITING, patron__withdrawn_at=None)
        return waits.exclude(suspended_until__gte=today)

    def queue(self, record_id: int | None, today: date) -> Self:
        """Who waits for a record, in their order."""
        return self.in_turn(today).filter(record=record_id).order_by("pk")

    def that_wait_for(self, item: Item) -> Self:
        """Those of an item's record, and the one it is kept for: imports may move it."""
        return self.filter(Q(record=item.record_id) | Q(item_number=item.number))

    def over(self, today: date) -> Self:
        """Holds on the shelf that were not fetched in time."""
        return self.filter(state=HoldState.READY, keep_until__lt=today)

    def untold(self, state: HoldState) -> Self:
        """Patrons' holds in a state that they were not told of."""
        return self.filter(HOLD_UNTOLD, state=state, patron__isnull=False)

    def ready_no_more(self) -> Self:
        """Holds that wait again after their patron was told of something."""
        return self.filter(WAITS_AGAIN)

    def to_be_cleared(self) -> Self:
        """Holds that ended while their item lies on the hold shelf or is on its way there."""
        ended = self.filter(state=HoldState.EXPIRED).exclude(item_number="")
        return ended.order_by("pickup__order", "shelf_number", "pk")
