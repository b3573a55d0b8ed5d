"""Asking for another kana, taking it back, and what staff decide on it.

Locks are taken in one order: the patron (`patrons.retention`), then the request.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.buckets import Limit, bucket, reserve
from accounts.models import User
from audit.enums import Event
from audit.services import record
from mylibrary.errors import TooOften
from mylibrary.kana.models import KanaRequest, KanaState
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from patrons.card_data_services import change_kana
from patrons.models import Patron
from patrons.retention import lock_patron
from patrons.services import lock_for_change

MAIL = "mylibrary/kana/mails/decided.txt"
# Whoever asks and takes back again and again would fill the staff's list.
REQUEST_LIMIT = Limit(5, timedelta(minutes=30))


class KanaRequestWaits(Exception):
    """An earlier request for another kana still waits for the staff."""


class KanaRequestClosed(Exception):
    """The request for another kana was decided or cancelled by somebody else meanwhile."""


def ask_for_kana(*, patron: Patron, kana: tuple[str, str]) -> KanaRequest:
    """Ask the staff for another kana (family and given name, normalised already).

    Raises KanaRequestWaits, TooOften and PatronErased. Must not run inside a transaction (see
    `accounts.buckets.reserve`).
    """
    if wait := reserve([bucket("kana-request", str(patron.pk), REQUEST_LIMIT)]):
        raise TooOften(wait)
    with transaction.atomic():
        stored = lock_for_change(patron=patron)
        if KanaRequest.objects.waiting_of(stored):
            raise KanaRequestWaits
        change = KanaRequest.objects.create(
            patron=stored,
            last_name_before=stored.last_name_kana,
            first_name_before=stored.first_name_kana,
            last_name_kana=kana[0],
            first_name_kana=kana[1],
        )
        _record(Event.KANA_ASKED, change)
        return change


@transaction.atomic
def cancel_kana_request(*, patron: Patron) -> bool:
    """Take a patron's waiting request back; False where none waits (any more)."""
    waiting = KanaRequest.objects.waiting().filter(patron=patron)
    if not waiting.update(state=KanaState.CANCELLED, decided_at=timezone.now()):
        return False
    record(Event.KANA_CANCELLED, patron_id=patron.pk)
    return True


@transaction.atomic
def decide_kana_request(
    *, change: KanaRequest, staff: User, approve: bool, note: str
) -> KanaRequest:
    """Record what staff decided, change the kana if so, and tell the patron: all of it or nothing.

    Raises KanaRequestClosed where the request no longer waits or went with its patron, and
    KanaOvertaken where the kana or the name has changed since it was asked for, so that it can only
    be declined.
    """
    patron = lock_patron(patron_id=change.patron_id)
    stored = KanaRequest.objects.waiting().select_for_update().filter(pk=change.pk).first()
    if stored is None or patron is None:
        raise KanaRequestClosed
    if approve:
        change_kana(patron=patron, kana=stored.wanted, before=stored.before)
    stored.state = KanaState.APPROVED if approve else KanaState.DECLINED
    stored.decided_by, stored.decided_at, stored.note = staff, timezone.now(), note
    stored.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _record(Event.KANA_DECIDED, stored, reason=stored.state, actor=staff)
    send(
        patron=patron,
        kind=NoticeKind.KANA_DECIDED,
        recipient=patron.email,
        **message(MAIL, patron.language, approved=approve)._asdict(),
    )
    return stored


def _record(event: Event, change: KanaRequest, **more: Any) -> None:
    label = change._meta.label_lower
    record(event, patron_id=change.patron_id, object_type=label, object_id=change.pk, **more)
