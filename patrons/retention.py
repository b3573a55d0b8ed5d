"""Deleting rows whose time is over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

ROWS_AT_ONCE = 1000


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
