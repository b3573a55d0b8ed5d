"""What time does to applications: they end, and staff are warned before a case in review does."""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW
from notices.enums import NoticeKind
from notices.services import send
from patrons.retention import delete_in_batches, end_of
from registration.application.enums import OPEN_STATES, Reason
from registration.application.enums import ApplicationState as State
from registration.application.models import PERSONAL_COLUMNS, Application, ApplicationTransition
from registration.application.transitions import lifetime
from registration.review import emails as review_emails
from registration.review.comparison import LATE_AFTER
from registration.review.models import ReviewCase

logger = logging.getLogger("registration")

PURGE_BATCH = 500


class Purged(NamedTuple):
    """How many applications a purge closed and erased."""

    drafts: int
    reviews: int


class Waiting(NamedTuple):
    """How many cases wait; of those, how many have waited too long, and how many end soon."""

    waiting: int
    late: int
    ending: int


def purge_expired(*, now: datetime | None = None) -> Purged:
    """Close and erase every application that is past its time; safe to run at any time, twice.

    Whose case staff have not decided is told by mail to come to the counter.
    """
    now = now or timezone.now()
    _bring_back(now)
    drafts = reviews = 0
    while batch := _purge_batch(now):
        in_review = sum(state in (State.REVIEW, State.APPROVED) for state in batch)
        reviews += in_review
        drafts += len(batch) - in_review
    return Purged(drafts=drafts, reviews=reviews)


def _bring_back(now: datetime) -> None:
    """Let what a clock that was ahead has written end in its time, counted from now."""
    for state in (*OPEN_STATES, State.REVIEW, State.APPROVED):
        latest = now + lifetime(state)
        late = Application.objects.filter(state=state, expires_at__gt=latest + CLOCK_SKEW)
        late.update(expires_at=latest)


@transaction.atomic
def _purge_batch(now: datetime) -> list[str]:
    due = list(
        Application.objects.due(now)
        .order_by("expires_at")
        .select_for_update(skip_locked=True, of=("self",))
        .values_list("pk", "state", "email")[:PURGE_BATCH]
    )
    states = [state for _, state, _ in due]
    # Of those in which nobody was identified, nothing is worth keeping.
    started = [pk for pk, state, _ in due if state == State.STARTED]
    Application.objects.filter(pk__in=started).delete()
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
        for pk, state, _ in due
    )
    message = review_emails.undecided()
    for _, state, email in due:
        if state == State.REVIEW:
            send(
                patron=None,
                kind=NoticeKind.REVIEW_COUNTER,
                subject=message.subject,
                body=message.body,
                recipient=email,
            )
    return states


def delete_closed() -> int:
    """Delete closed applications, with their moves, when they have been kept long enough.

    See `ApplicationQuerySet.closed_before` for those that stay.
    """
    before = end_of(settings.RETENTION_APPLICATION_DAYS)
    return delete_in_batches(Application.objects.closed_before(before)) if before else 0


def waiting_cases(*, now: datetime | None = None) -> Waiting:
    """Count the cases that wait for the staff."""
    now = now or timezone.now()
    cases = ReviewCase.objects
    return Waiting(
        waiting=cases.in_review().count(),
        late=cases.waiting_since(now - LATE_AFTER).count(),
        ending=cases.ending_before(_soon(now)).count(),
    )


@transaction.atomic
def warn_staff(*, now: datetime | None = None) -> Waiting:
    """Tell staff of cases that have waited too long or end soon; without STAFF_EMAIL, the log.

    Only a case of which staff were warned so is ever purged undecided.
    """
    now = now or timezone.now()
    count = waiting_cases(now=now)
    ending = ReviewCase.objects.ending_before(_soon(now))
    ending.filter(staff_warned_at=None).update(staff_warned_at=now)
    if not count.late and not count.ending:
        return count
    if settings.STAFF_EMAIL:
        message = review_emails.reminder(
            waiting=count.waiting, late=count.late, ending=count.ending
        )
        send(
            patron=None,
            kind=NoticeKind.STAFF_REMINDER,
            subject=message.subject,
            body=message.body,
            recipient=settings.STAFF_EMAIL,
        )
    else:
        logger.warning("reviews wait", extra={"event": "reviews_wait", **count._asdict()})
    return count


def _soon(now: datetime) -> datetime:
    return now + timedelta(days=settings.REVIEW_WARNING_DAYS)
