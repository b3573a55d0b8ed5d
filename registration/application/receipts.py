"""The receipt of an application that staff look at: a short number, and the day of the answer.

The number opens nothing: staff find the case by it, and pages for residents ask for none.
"""

from django.db import connection
from django.utils import timezone

from branches.opening_days import nth_opening_day_after
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from registration.application.models import Application

# What the applicant's page promises (3開館日以内).
OPENING_DAYS = 3
MAIL = "registration/review/mails/received.txt"


def give(application: Application) -> None:
    """Give an application whose review has begun its receipt, in memory."""
    assert application.review_since is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('registration_receipt_no_seq')")
        (application.receipt_no,) = cursor.fetchone()
    begun = timezone.localdate(application.review_since)
    application.answer_by = nth_opening_day_after(begun, OPENING_DAYS)


def mail(application: Application) -> None:
    """Mail the applicant the receipt, in the caller's transaction."""
    text = message(
        MAIL,
        application.language,
        receipt=application.receipt,
        answer_by=application.answer_by,
        overdue=application.is_answer_overdue,
    )
    recipient = application.email
    send(patron=None, kind=NoticeKind.REVIEW_RECEIVED, recipient=recipient, **text._asdict())
