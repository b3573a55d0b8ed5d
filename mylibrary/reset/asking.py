"""Asking for a new password by mail.

The request looks nobody up, so neither its answer nor its time tells anything: the worker looks,
and mails or does not (`mylibrary.reset.services`).
"""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest

from accounts.buckets import Limit, bucket, reserve
from accounts.throttle import Widths, visitor_buckets
from audit.enums import Event
from audit.services import record
from mylibrary.errors import TooOften
from mylibrary.reset.models import ResetRequest
from mylibrary.tasks import answer_reset_request
from notices.tasks import defer_with_transaction
from patrons.matching.keys import email_key
from patrons.normalize import normalize_patron_number, scanned_number

# The library's computers and carriers' phones share addresses, and a family its mailbox.
NETWORK_LIMITS = Widths(
    address=Limit(30, timedelta(seconds=20)),
    home=Limit(60, timedelta(seconds=15)),
    network=Limit(150, timedelta(seconds=5)),
)
# Of a number with a mailbox: numbers follow one another, and a stranger's tries with one of them
# must not keep its owner's request away.
PAIR_LIMIT = Limit(5, timedelta(minutes=10))
MAILBOX_LIMIT = Limit(10, timedelta(minutes=5))


def ask_for_reset(*, request: HttpRequest, number: str, email: str) -> None:
    """Store a request for a new password and queue its job: the same for every number and address.

    Raises TooOften. Must not run inside a transaction (see `accounts.buckets.reserve`).
    """
    number, key = normalize_patron_number(number), email_key(email)
    wait = reserve(
        [
            *visitor_buckets(request, kind="reset", widths=NETWORK_LIMITS),
            bucket("reset-pair", f"{scanned_number(number) or number}\n{key}", PAIR_LIMIT),
            bucket("reset-mailbox", key, MAILBOX_LIMIT),
        ]
    )
    if wait is not None:
        raise TooOften(wait)
    with transaction.atomic():
        asked = ResetRequest.objects.create(number=number, email_key=key)
        defer_with_transaction(answer_reset_request, {"request_id": str(asked.pk)})
        record(Event.RESET_ASKED)
