"""新着資料: what came last, on its own page and, the newest of it, on the home page.

The home page knows it without asking the database.
"""

from datetime import timedelta

from django.utils import timezone

from catalog.models import Record, RecordQuerySet
from catalog.records.shelf import Standing, standing
from outages.known import Known

NEW_FOR = timedelta(days=60)
ON_A_SHELF = 6


def newest() -> RecordQuerySet:
    """Return what came lately, the newest first."""
    return Record.objects.arrived_since(timezone.now() - NEW_FOR).without_keys()


def _ask() -> tuple[Standing, ...]:
    return tuple(map(standing, newest()[:ON_A_SHELF]))


ARRIVALS: Known[tuple[Standing, ...]] = Known("arrivals", _ask, ())
known = ARRIVALS.now
read = ARRIVALS.read
