"""Erasing what is held about a patron, and deleting rows whose time is over.

The row stays, empty and withdrawn, so that its number is never given again; a check constraint
keeps it empty. Staff's decisions, moments and the municipality stay for the statistics.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.enums import Event
from audit.services import record
from patrons import personal_data_registry
from patrons.models import EMPTIED_BY_ERASURE, Patron
from patrons.services import lock_birth_date

logger = logging.getLogger("patrons")

PATRONS_AT_ONCE = 500
ROWS_AT_ONCE = 1000


def lock_patron(*, patron_id: int, wait: bool = True) -> Patron | None:
    """Return a patron locked until the transaction ends, withdrawn or not.

    First the birth date, as every writer does, then the row; without `wait` None where somebody
    else holds the row.
    """
    while True:
        birth_date = Patron.objects.values_list("birth_date", flat=True).get(pk=patron_id)
        with transaction.atomic():
            lock_birth_date(birth_date=birth_date)
            rows = Patron.objects.select_for_update(skip_locked=not wait)
            patron = rows.filter(pk=patron_id).first()
            if patron is None or patron.birth_date == birth_date:
                return patron
            # Another birth date by now (or none, erased): both locks are given back, since waiting
            # for the right one with the row in hand could end in a deadlock.
            transaction.set_rollback(True)


@transaction.atomic
def erase_patron(
    *,
    patron_id: int,
    withdrawn_before: datetime | None = None,
    wait: bool = True,
    now: datetime | None = None,
) -> bool:
    """Erase all that is held about a patron, who has withdrawn with it; False where nothing was.

    Nothing is where that was done before, where the patron has not withdrawn before
    `withdrawn_before` (if given), or, without `wait`, where somebody else holds the row. The person
    may register anew with the same card. The library system learns of it by the next export.
    """
    patron = lock_patron(patron_id=patron_id, wait=wait)
    if patron is None or patron.erased_at is not None:
        return False
    if withdrawn_before and (patron.withdrawn_at is None or patron.withdrawn_at > withdrawn_before):
        return False
    personal_data_registry.erase(patron)
    for column, empty in EMPTIED_BY_ERASURE.items():
        setattr(patron, column, empty)
    patron.erased_at = patron.updated_at = now or timezone.now()
    patron.withdrawn_at = patron.withdrawn_at or patron.erased_at
    patron.save(update_fields=[*EMPTIED_BY_ERASURE, "erased_at", "updated_at", "withdrawn_at"])
    record(
        Event.ERASED,
        patron_id=patron.pk,
        reason="withdrawn_long_ago" if withdrawn_before else "decided",
    )
    return True


def erase_withdrawn(*, before: datetime) -> int:
    """Erase the patrons who withdrew before a moment; return how many.

    Each in a transaction of its own: a run can be killed anywhere, and begun again.
    """
    erased, last = 0, 0
    while True:
        due = Patron.objects.filter(withdrawn_at__lte=before, erased_at=None)
        found = list(
            due.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PATRONS_AT_ONCE]
        )
        if not found:
            break
        for patron_id in found:
            erased += erase_patron(patron_id=patron_id, withdrawn_before=before, wait=False)
        last = found[-1]
    if erased:
        logger.info("withdrawn patrons erased", extra={"event": "patrons_erased", "count": erased})
    return erased


def end_of(days: int) -> datetime | None:
    """Return the moment before which rows that are kept for so many days are over; None: never."""
    return timezone.now() - timedelta(days=days) if days else None


def delete_in_batches(rows: QuerySet, *, batch_size: int = ROWS_AT_ONCE) -> int:
    """Delete rows, each batch in a transaction of its own; return how many of them there were.

    Rows that another transaction holds are passed by: the next run finds them again.
    """
    deleted = 0
    while True:
        with transaction.atomic():
            locked = rows.order_by().select_for_update(skip_locked=True, of=("self",))
            keys = list(locked.values_list("pk", flat=True)[:batch_size])
            rows.model._base_manager.filter(pk__in=keys).delete()
        if not keys:
            return deleted
        deleted += len(keys)
