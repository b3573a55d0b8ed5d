"""What the applications' rows tell: how far those begun on a day came, and why they ended.

An application counts for the day on which it began, whenever it ends: so the steps can be compared.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Min, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from characters.text import StrOrPromise
from figures.models import Dimension
from figures.periods import DAY
from figures.registrations import Row, beginning
from patrons.residency import ResidencyReason
from registration.application.enums import OPEN_STATES, Reason, State
from registration.application.models import Application, ApplicationTransition, LapsedStarts

STEPS = (State.STARTED, State.IDENTIFIED, State.ENTERED, State.CONFIRMED, State.REGISTERED)
UNIDENTIFIED, OPEN, IN_REVIEW, LATER = "unidentified", "open", "review", "registered_later"
ENDS: dict[str, StrOrPromise] = {
    **{
        reason.value: reason.label
        for reason in (
            Reason.OUTSIDE_AREA,
            Reason.ADDRESS_UNREADABLE,
            Reason.DUPLICATE,
            Reason.OPEN_REVIEW,
            Reason.SAME_PERSON,
            Reason.COUNTER,
            Reason.CANCELLED,
            Reason.TIMED_OUT,
            Reason.REPLACED,
        )
    },
    LATER: "職員の決定のあと、もう一度読み取って登録",
    UNIDENTIFIED: "本人確認の前に終了",
    IN_REVIEW: "図書館で確認中・本人の手続き待ち",
    OPEN: "手続き中",
}
# Nobody waits for a registration longer; who was in review registers by another application.
MOST_MINUTES = 60


def first_day() -> date | None:
    """Return the day on which the first application there is began."""
    first = Application.objects.aggregate(first=Min("created_at"))["first"]
    return timezone.localdate(first) if first else None


def of_days(first: date, last: date) -> dict[Dimension, Iterator[Row]]:
    """Return what became, up to now, of the applications begun on these days."""
    begun = Application.objects.begun_between(beginning(first), beginning(last + DAY))
    lapsed = dict(LapsedStarts.objects.filter(day__range=(first, last)).values_list())
    ends: Counter[tuple[date, str]] = Counter()
    minutes: Counter[tuple[date, str]] = Counter()
    for day, number in lapsed.items():
        ends[day, UNIDENTIFIED] += number
    for created_at, at, state, reason, residency in _last_moves(begun):
        day = timezone.localdate(created_at)
        if state == State.REGISTERED:
            minutes[day, str(min(int((at - created_at).total_seconds() // 60), MOST_MINUTES))] += 1
        else:
            ends[day, end_of(state, reason, residency)] += 1
    return {
        Dimension.STEP: _rows(_steps(begun, lapsed)),
        Dimension.END: _rows(ends),
        Dimension.MINUTES: _rows(minutes),
    }


def end_of(state: str, reason: str, residency: str) -> str:
    """Return as what an application that made no patron counts.

    Whose address is outside the area is told so once the card is read, and mostly leaves the page.
    """
    if state == State.REFUSED:
        return reason
    if state in (State.REVIEW, State.APPROVED):
        return IN_REVIEW
    if state in OPEN_STATES:
        return OPEN
    if reason == Reason.REGISTERED:
        return LATER
    if residency == ResidencyReason.UNREADABLE:
        return Reason.ADDRESS_UNREADABLE
    return reason if residency in ("", ResidencyReason.ELIGIBLE) else Reason.OUTSIDE_AREA


def _steps(begun: QuerySet, lapsed: dict[date, int]) -> Counter[tuple[date, str]]:
    """Count which steps were reached; a step that was gone back to counts once."""
    moves = ApplicationTransition.objects.filter(application__in=begun, to_state__in=STEPS)
    reached = moves.annotate(day=TruncDate("application__created_at")).values("day", "to_state")
    found = Counter({(day, str(State.STARTED)): number for day, number in lapsed.items()})
    for row in reached.annotate(sum=Count("application", distinct=True)).order_by():
        found[row["day"], row["to_state"]] += row["sum"]
    return found


def _last_moves(begun: QuerySet) -> Iterator[tuple]:
    """Yield of each application when it began, and its last move with the moment and reason."""
    moves = ApplicationTransition.objects.filter(application__in=begun)
    last = moves.order_by("application_id", "-at", "-pk").distinct("application_id")
    columns = ("application__created_at", "at", "to_state", "reason")
    return last.values_list(*columns, "application__residency_reason").iterator()


def _rows(found: Counter[tuple[date, str]]) -> Iterator[Row]:
    return ((day, value, number) for (day, value), number in found.items())


def median_minutes(counted: dict[int, int]) -> int | None:
    """Return the median of minutes that are given with how often each occurs; None for none.

    Of an even number the lower middle one.
    """
    middle = (sum(counted.values()) + 1) // 2
    for minutes, number in sorted(counted.items()):
        middle -= number
        if middle <= 0 < number:
            return minutes
    return None
