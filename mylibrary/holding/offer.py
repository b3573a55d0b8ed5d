"""Whether a work is offered to be held, and how many wait for it."""

from django.utils import timezone

from catalog.models import Record
from circulation.lending_rules import SERIALS
from circulation.models import Hold
from circulation.port import Capability, library_system

# What `catalog.records.availability` says of works of which something is lent at all.
_LENT = {"in", "out"}


def is_offered(record: Record, state: str) -> bool:
    """Return whether the button is there; `state` is what the page says of the items together."""
    can = Capability.REQUEST in library_system().capabilities
    return can and record.material not in SERIALS and state in _LENT


def waiting(record: Record) -> int | None:
    """Return how many wait for a record; None where only some of them are known here."""
    if Capability.LEND not in library_system().capabilities:
        return None
    return Hold.objects.queue(record.pk, timezone.localdate()).count()
