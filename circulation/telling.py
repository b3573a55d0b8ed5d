"""Telling patrons of their loans and holds: by kind one message a day, and never a title in it.

Of a loan that is due soon as many days before as the patron chose; of one that is overdue on the
first day on which it can be brought back and then every week; of a hold that is ready, and of one
that was not fetched in time. What was told is marked on its row, where the message is written.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from branches.opening_days import closed_days
from circulation.enums import HoldState
from circulation.models import Hold, Loan
from circulation.port import library_system
from notices.enums import DAYS_BEFORE_DUE, NoticeKind
from notices.models import Notice
from notices.services import send
from notices.texts import message
from patrons.models import ContactMethod, Patron

BATCH = 1000
OF_HOLDS = (NoticeKind.HOLD_READY, NoticeKind.HOLD_EXPIRED)


class Day(NamedTuple):
    """A day on which patrons are told, and the days from it that the library is closed."""

    today: date
    closed: frozenset[date]


class Telling(NamedTuple):
    """One kind of message: which rows are to be told of, what is marked on them, what is said.

    `found` splits `untold` into reads, each with the column in whose order an index has its rows.
    """

    kind: NoticeKind
    untold: Callable[[Day], QuerySet]
    told: Callable[[Day], dict[str, object]]
    lines: Callable[[Sequence[Any], Day], list[dict[str, object]]]
    found: Callable[[Day], Sequence[tuple[QuerySet, str]]]


def tell(*, now: datetime | None = None) -> int:
    """Tell everybody who is to be told of something; return how many messages that made.

    Safe to run at any time, twice at once, and again after it was killed: message, mail job and
    marks of a patron commit together. Who had such a message today is told of the rest tomorrow.
    Nobody is told of what a library system said too long ago.
    """
    if not library_system().is_current():
        return 0
    today = timezone.localdate(now)
    day = Day(today, closed_days(today, max(DAYS_BEFORE_DUE)))
    Hold.objects.ready_no_more().update(state_told="")
    return sum(
        _tell(telling, patron_id, day)
        for telling in TELLINGS
        for rows, column in telling.found(day)
        for patron_id in _patrons(rows, column)
    )


def _patrons(rows: QuerySet, column: str) -> Iterator[int]:
    """Yield whose rows these are, read in batches, each as it is when it begins."""
    rest = rows = rows.order_by(column, "pk")
    while batch := list(rest.values_list(column, "pk", "patron_id")[:BATCH]):
        yield from dict.fromkeys(patron_id for _, _, patron_id in batch)
        last, pk, _ = batch[-1]
        # The first condition is what an index can find, the second tells equal ones apart.
        later = Q(**{f"{column}__gt": last}) | Q(pk__gt=pk)
        rest = rows.filter(later, **{f"{column}__gte": last})


@transaction.atomic
def _tell(telling: Telling, patron_id: int, day: Day) -> bool:
    # Whom the counter or another run has in hand is told an hour later.
    free = Patron.objects.select_for_update(no_key=True, skip_locked=True)
    patron = free.filter(pk=patron_id, erased_at=None).first()
    morning = timezone.make_aware(datetime.combine(day.today, time.min))
    if patron is None or Notice.objects.inbox_of(patron).was_told(telling.kind, since=morning):
        return False
    untold = telling.untold(day).filter(patron=patron)
    rows = list(untold.select_for_update(of=("self",)))
    if not rows:
        return False
    text = message(
        f"circulation/mails/{telling.kind.value}.txt",
        patron.language,
        count=len(rows),
        lines=telling.lines(rows, day),
    )
    ids = [row.pk for row in rows]
    # 予約連絡方法 says how somebody hears of holds: in no way, by telephone, or by mail.
    is_mailed = telling.kind not in OF_HOLDS or patron.contact_method == ContactMethod.EMAIL
    recipient = patron.email if is_mailed else ""
    send(patron=patron, kind=telling.kind, recipient=recipient, about=ids, **text._asdict())
    untold.model._default_manager.filter(pk__in=ids).update(**telling.told(day))
    return True


def _by_due(loans: Sequence[Loan], day: Day) -> list[dict[str, object]]:
    counted = sorted(Counter(loan.due for loan in loans).items())
    return [{"day": due, "count": count, "closed": due in day.closed} for due, count in counted]


def _by_pickup(holds: Sequence[Hold], day: Day) -> list[dict[str, object]]:
    # Where a withheld patron can be met stands in no mail.
    is_shown = not (holds[0].patron and holds[0].patron.is_withheld)
    counted = Counter((hold.pickup if is_shown else None, hold.keep_until) for hold in holds)
    return [
        {"branch": pickup, "day": keep_until, "count": count}
        for (pickup, keep_until), count in counted.items()
    ]


def _due_by_choice(day: Day) -> list[tuple[QuerySet, str]]:
    near, early = Loan.objects.to_be_told_due_by_choice(day.today)
    return [(near, "due"), (early, "patron")]


def _overdue(day: Day) -> QuerySet:
    # Nobody can bring anything back on a closed day.
    loans = Loan.objects.all() if day.today not in day.closed else Loan.objects.none()
    return loans.to_be_told_overdue(day.today)


def _ready(day: Day) -> QuerySet:
    holds = Hold.objects.untold(HoldState.READY).exclude(keep_until__lt=day.today)
    return holds.select_related("pickup").order_by("keep_until", "pickup__order", "pk")


TELLINGS = (
    Telling(
        NoticeKind.LOAN_DUE,
        untold=lambda day: Loan.objects.to_be_told_due(day.today),
        told=lambda day: {"due_told": F("due")},
        lines=_by_due,
        found=_due_by_choice,
    ),
    Telling(
        NoticeKind.LOAN_OVERDUE,
        untold=_overdue,
        told=lambda day: {"overdue_told_on": day.today},
        lines=_by_due,
        found=lambda day: [(_overdue(day), "due")],
    ),
    Telling(
        NoticeKind.HOLD_READY,
        untold=_ready,
        told=lambda day: {"state_told": HoldState.READY},
        lines=_by_pickup,
        found=lambda day: [(_ready(day), "patron")],
    ),
    Telling(
        NoticeKind.HOLD_EXPIRED,
        untold=lambda day: Hold.objects.untold(HoldState.EXPIRED),
        told=lambda day: {"state_told": HoldState.EXPIRED},
        lines=lambda rows, day: [],
        found=lambda day: [(Hold.objects.untold(HoldState.EXPIRED), "patron")],
    ),
)
