"""Requests for erasure, made by the patron and decided by the staff; what patrons were shown.

Locks are taken in one order: the patron (`patrons.retention`), then the request.
"""

import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.enums import Event
from audit.services import record
from mylibrary.own_data.models import (
    DeclineReason,
    ErasureRequest,
    ErasureState,
    PrivacyNoticeShown,
)
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from patrons.models import Patron
from patrons.retention import delete_in_batches, end_of, erase_patron, lock_patron
from patrons.services import lock_for_change

logger = logging.getLogger("mylibrary")


class ErasureClosed(Exception):
    """The request for erasure is not open any more: cancelled, declined or carried out."""


def record_notice_shown(*, patron: Patron, version: str) -> None:
    """Keep which version of the purpose of use was shown, if known, in the caller's transaction.

    The first time of each stays.
    """
    if version:
        shown = PrivacyNoticeShown(patron=patron, version=version)
        PrivacyNoticeShown.objects.bulk_create([shown], ignore_conflicts=True)


@transaction.atomic
def ask_for_erasure(*, patron: Patron) -> ErasureRequest:
    """Store a patron's request and tell the patron of it; the one that is open stays the only one.

    Raises PatronErased.
    """
    stored = lock_for_change(patron=patron)
    if waiting := ErasureRequest.objects.open_of(stored):
        return waiting
    request = ErasureRequest.objects.create(patron=stored)
    _record(Event.ERASURE_ASKED, request)
    _send("requested", stored, stored.email)
    return request


@transaction.atomic
def cancel_erasure(*, patron: Patron) -> bool:
    """Cancel a patron's open request; False where there is none (any more)."""
    request = ErasureRequest.objects.of_patron(patron).open().select_for_update().first()
    if request is None:
        return False
    _close(request, ErasureState.CANCELLED)
    _record(Event.ERASURE_CANCELLED, request)
    return True


@transaction.atomic
def confirm_erasure(*, request_id: int, staff: User, note: str) -> None:
    """Erase what is held about the patron, record who said so, and tell the address erased with it.

    Raises ErasureClosed where the patron has cancelled or somebody else has decided.
    """
    request, patron = _locked(request_id)
    email, language = patron.email, patron.language
    # First: what hangs on the patron is erased with open requests ended.
    _close(request, ErasureState.CONFIRMED, staff=staff, note=note)
    _record(Event.ERASURE_DECIDED, request, reason=request.state, actor=staff)
    erase_patron(patron_id=patron.pk)
    if email:
        _send("done", None, email, language)
    transaction.on_commit(lambda: logger.info("patron erased", extra={"event": "patron_erased"}))


@transaction.atomic
def decline_erasure(*, request_id: int, staff: User, note: str, reason: DeclineReason) -> None:
    """Leave everything as it is and tell the patron why; raises ErasureClosed."""
    request, patron = _locked(request_id)
    _close(request, ErasureState.DECLINED, staff=staff, note=note, reason=reason)
    _record(Event.ERASURE_DECIDED, request, reason=reason, actor=staff)
    _send("declined", patron, patron.email, reason=reason)


def delete_closed_requests() -> int:
    """Delete the requests that were closed long enough ago; return how many."""
    before = end_of(settings.RETENTION_ERASURE_REQUEST_DAYS)
    requests = ErasureRequest.objects
    return delete_in_batches(requests.filter(closed_at__lt=before)) if before else 0


def _locked(request_id: int) -> tuple[ErasureRequest, Patron]:
    requests = ErasureRequest.objects.filter(pk=request_id)
    patron = lock_patron(patron_id=requests.values_list("patron_id", flat=True).get())
    request = requests.open().select_for_update().first()
    if request is None or patron is None:
        raise ErasureClosed
    return request, patron


def _close(request: ErasureRequest, state: ErasureState, **decision: object) -> None:
    request.state = state
    request.closed_at = timezone.now()
    for name, value in decision.items():
        setattr(request, name, value)
    request.save()


def _record(event: Event, request: ErasureRequest, **more: Any) -> None:
    label = request._meta.label_lower
    record(event, patron_id=request.patron_id, object_type=label, object_id=request.pk, **more)


def _send(
    mail: str, patron: Patron | None, recipient: str, language: str = "", **context: object
) -> None:
    language = patron.language if patron else language
    text = message(f"mylibrary/own_data/mails/{mail}.txt", language, **context)
    send(patron=patron, kind=NoticeKind.ERASURE, recipient=recipient, **text._asdict())
