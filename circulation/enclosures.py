"""Titles of loans and holds, for their patron's own messages about them (`notices.titles`)."""

from collections.abc import Sequence

from catalog.models import OfRecordQuerySet
from circulation.models import Hold, Loan
from notices.enums import NoticeKind
from notices.titles import titled
from patrons.models import Patron


@titled(NoticeKind.LOAN_DUE)
@titled(NoticeKind.LOAN_OVERDUE)
def titles_of_loans(patron: Patron, ids: Sequence[int]) -> list[str]:
    """Return the titles of what is with the patron still, the first due first."""
    return _titles(Loan.objects.of(patron), ids)


@titled(NoticeKind.HOLD_READY)
def titles_of_open_holds(patron: Patron, ids: Sequence[int]) -> list[str]:
    """Return the titles of what the patron can fetch, or waits for again."""
    return _titles(Hold.objects.of(patron).open(), ids)


@titled(NoticeKind.HOLD_EXPIRED)
def titles_of_expired_holds(patron: Patron, ids: Sequence[int]) -> list[str]:
    """Return the titles of holds that ended, for as long as they are kept with their patron."""
    return _titles(Hold.objects.of(patron), ids)


def _titles(rows: OfRecordQuerySet, ids: Sequence[int]) -> list[str]:
    return [str(row.record or row.title) for row in rows.filter(pk__in=ids).with_record()]
