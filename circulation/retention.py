"""What time does to holds that have ended."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from circulation.enums import HoldState
from circulation.models import Hold
from patrons.retention import delete_in_batches

# So long 利用状況 says that a hold was not fetched in time.
ENDED_HOLDS_SHOWN = timedelta(days=14)


def delete_ended() -> int:
    """Delete holds that ended long ago; where an item still lies on the shelf, their patrons.

    Returns of how many nobody knows any more whose they were.
    """
    before = timezone.localdate() - ENDED_HOLDS_SHOWN
    ended = Hold.objects.filter(state=HoldState.EXPIRED, number="", patron__isnull=False)
    long_ago = ended.filter(Q(keep_until__lt=before) | Q(keep_until=None))
    emptied = long_ago.exclude(item_number="").update(patron=None)
    return emptied + delete_in_batches(long_ago.filter(item_number=""))
