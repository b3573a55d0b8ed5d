"""The titles of what arrived, for who reads a message about it (`notices.titles`)."""

from collections.abc import Sequence

from mylibrary.alerts.models import Arrival
from notices.enums import NoticeKind
from notices.titles import titled
from patrons.models import Patron


@titled(NoticeKind.ALERT)
def titles_of_arrivals(patron: Patron, ids: Sequence[int]) -> list[str]:
    """Return the titles of a patron's arrivals, each record once; none of a deleted alert."""
    found = Arrival.objects.of_patron(patron).filter(pk__in=ids).shown()
    return list({one.record_id: str(one.record) for one in found}.values())
