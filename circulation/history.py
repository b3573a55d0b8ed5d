"""What a patron has read, kept for whoever wants that and for nobody else (読書記録).

Whoever returns something, and whoever switches this off, has the patron locked: nothing is kept
after the choice is gone.
"""

from django.db import transaction

from circulation.local.locks import lock_patron
from circulation.models import HistoryChoice, ReadingHistory
from patrons.models import Patron


@transaction.atomic
def keep_history(*, patron: Patron) -> None:
    """Keep what is returned from now on."""
    HistoryChoice.objects.get_or_create(patron=lock_patron(patron.pk))


@transaction.atomic
def stop_history(*, patron: Patron) -> None:
    """Keep nothing any more, and erase what was kept."""
    locked = lock_patron(patron.pk)
    HistoryChoice.objects.filter(patron=locked).delete()
    ReadingHistory.objects.filter(patron=locked).delete()


def forget_read(*, patron: Patron, one: int | None = None) -> int:
    """Delete one of a patron's own by primary key, or all of it; return how many there were."""
    rows = ReadingHistory.objects.filter(patron=patron)
    return (rows if one is None else rows.filter(pk=one)).delete()[0]
