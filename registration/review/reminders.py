"""What is told while cases wait: to staff every morning, to an applicant once the day is missed."""

import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from registration.application import receipts
from registration.application.models import Application
from registration.opening_days import is_open, last_opening_day_before

logger = logging.getLogger("registration")

TO_STAFF = "registration/review/mails/staff_reminder.txt"
TO_APPLICANT = "registration/review/mails/delayed.txt"
CASES_AT_ONCE = 100


class Waiting(NamedTuple):
    """How many cases wait; of those, how many for an opening day or more, how many past the day
    of the answer, and how many are erased soon."""

    waiting: int
    for_a_day: int
    late: int
    ending: int


def waiting_cases(*, now: datetime | None = None) -> Waiting:
    """Count the cases that wait for the staff."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    last_open = timezone.make_aware(datetime.combine(last_opening_day_before(today), time.min))
    return Waiting(
        **Application.objects.in_review().aggregate(
            waiting=Count("pk"),
            for_a_day=Count("pk", filter=Q(review_since__lt=last_open)),
            late=Count("pk", filter=_is_late(today)),
            ending=Count("pk", filter=_ends_soon(now)),
        )
    )


@transaction.atomic
def warn_staff(*, now: datetime | None = None) -> Waiting:
    """Tell staff on an opening day of cases that have waited for one; without STAFF_EMAIL, the log.

    Only a case of which staff were warned so before its end is ever purged undecided.
    """
    now = now or timezone.now()
    count = waiting_cases(now=now)
    if not is_open(timezone.localdate(now)):
        return count
    unknown = Application.objects.in_review().filter(_ends_soon(now), staff_warned_at=None)
    unknown.update(staff_warned_at=now)
    if not count.for_a_day and not count.ending:
        return count
    if settings.STAFF_EMAIL:
        days = settings.REVIEW_WARNING_DAYS
        text = message(TO_STAFF, settings.LANGUAGE_CODE, days=days, **count._asdict())
        kind = NoticeKind.STAFF_REMINDER
        send(patron=None, kind=kind, recipient=settings.STAFF_EMAIL, **text._asdict())
    else:
        logger.warning("reviews wait", extra={"event": "reviews_wait", **count._asdict()})
    return count


def tell_applicants(*, now: datetime | None = None) -> int:
    """Tell everybody who was not answered in time, once; return how many.

    Whose case has no receipt, begun by the release before there were any, gets one first.
    """
    now = now or timezone.now()
    _each(Application.objects.filter(receipt_no=None), _give_receipt)
    late = Application.objects.filter(_is_late(timezone.localdate(now)), delay_told_at=None)
    return _each(late, partial(_tell_delay, now))


def _each(cases: Any, do: Callable[[Application], None]) -> int:
    """Do something with each case that waits, a few in a transaction, but for those in use."""
    done = 0
    while True:
        with transaction.atomic():
            waiting = cases.in_review().select_for_update(skip_locked=True, of=("self",))
            batch = list(waiting.order_by("pk")[:CASES_AT_ONCE])
            for case in batch:
                do(case)
        if not batch:
            return done
        done += len(batch)


def _give_receipt(case: Application) -> None:
    receipts.give(case)
    if case.answer_by and case.answer_by < timezone.localdate():
        # Nobody was told that day: it cannot be missed.
        case.delay_told_at = timezone.now()
    case.save(update_fields=["receipt_no", "answer_by", "delay_told_at"])
    receipts.mail(case)


def _tell_delay(now: datetime, case: Application) -> None:
    case.delay_told_at = now
    case.save(update_fields=["delay_told_at"])
    told = {"receipt": case.receipt, "answer_by": case.answer_by}
    text = message(TO_APPLICANT, case.language, **told)
    kind = NoticeKind.REVIEW_DELAYED
    send(patron=None, kind=kind, recipient=case.email, **text._asdict())


def _is_late(today: date) -> Q:
    return Q(answer_by__lt=today)


def _ends_soon(now: datetime) -> Q:
    return Q(expires_at__lte=now + timedelta(days=settings.REVIEW_WARNING_DAYS))
