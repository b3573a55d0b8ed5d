"""What time does to applications: they end."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from patrons.retention import delete_in_batches, end_of
from registration.application.enums import CLOSED_STATES, OPEN_STATES, Reason, State
from registration.application.lifecycle import delete_lapsed, lifetime
from registration.application.models import PERSONAL_COLUMNS, Application, ApplicationTransition

PURGE_BATCH = 500
WARNED_BEFORE = timedelta(days=1)
WITH_STAFF = (State.REVIEW, State.APPROVED)


class Purged(NamedTuple):
    """How many applications a purge closed and erased."""

    drafts: int
    reviews: int


def purge_expired(*, now: datetime | None = None) -> Purged:
    """Close and erase every application that is past its time; safe to run at any time, twice.

    Whose case staff have not decided is told by mail to come to the counter.
    """
    now = now or timezone.now()
    # What a clock that was ahead has written ends in its time, counted from now.
    for state in (*OPEN_STATES, *WITH_STAFF):
        latest = now + lifetime(state)
        late = Application.objects.filter(state=state, expires_at__gt=latest + CLOCK_SKEW)
        late.update(expires_at=latest)
    drafts = reviews = 0
    while batch := _purge_batch(now):
        in_review = sum(state in WITH_STAFF for state in batch)
        reviews += in_review
        drafts += len(batch) - in_review
    return Purged(drafts=drafts, reviews=reviews)


@transaction.atomic
def _purge_batch(now: datetime) -> list[str]:
    """Close some applications that are past their time; return the states they were in."""
    # One that waits for the staff is not due before they have known for a day.
    warned = ~Q(state=State.REVIEW) | Q(staff_warned_at__lte=now - WARNED_BEFORE)
    due = list(
        Application.objects.exclude(state__in=CLOSED_STATES)
        .filter(warned, expires_at__lte=now)
        .order_by("expires_at")
        .select_for_update(skip_locked=True, of=("self",))
        .values_list("pk", "state", "email", "language")[:PURGE_BATCH]
    )
    states = [state for _, state, *_ in due]
    # Of those in which nobody was identified, nothing is worth keeping.
    started = [pk for pk, state, *_ in due if state == State.STARTED]
    if started:
        delete_lapsed(started)
    due = [row for row in due if row[1] != State.STARTED]
    Application.objects.filter(pk__in=[pk for pk, *_ in due]).update(
        state=State.EXPIRED, **dict.fromkeys(PERSONAL_COLUMNS, "")
    )
    ApplicationTransition.objects.bulk_create(
        ApplicationTransition(
            application_id=pk,
            from_state=state,
            to_state=State.EXPIRED,
            reason=Reason.TIMED_OUT,
            at=now,
        )
        for pk, state, *_ in due
    )
    for _, state, email, language in due:
        if state == State.REVIEW:
            text = message("registration/review/mails/to_counter.txt", language, undecided=True)
            kind = NoticeKind.REVIEW_COUNTER
            send(patron=None, kind=kind, recipient=email, **text._asdict())
    return states


def delete_closed() -> int:
    """Delete closed applications, with their moves, when they have been kept long enough.

    One that made a patron is kept as long as the patron's data, one that staff decided on for ever.
    """
    before = end_of(settings.RETENTION_APPLICATION_DAYS)
    if before is None:
        return 0
    nobodys = ~Q(state=State.REGISTERED) | Q(patron__erased_at__isnull=False)
    closed = Application.objects.filter(nobodys, state__in=CLOSED_STATES, expires_at__lt=before)
    return delete_in_batches(closed.filter(decision=None, decisions=None))
