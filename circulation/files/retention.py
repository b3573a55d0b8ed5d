"""What time does to what was asked of the library system, and to what came from it."""

from datetime import timedelta

from django.utils import timezone

from circulation.files.models import LibraryRequest, Snapshot
from patrons.retention import delete_in_batches

# Long enough to read why something was not done; then nobody needs to know what was wanted.
SETTLED_KEPT = timedelta(days=14)
SNAPSHOTS_KEPT = timedelta(days=90)


def delete_old() -> dict[str, int]:
    """Delete settled requests and the rows of old snapshots, but for the last that was loaded."""
    now = timezone.now()
    settled = LibraryRequest.objects.filter(settled_at__lt=now - SETTLED_KEPT)
    old = Snapshot.objects.filter(seen_at__lt=now - SNAPSHOTS_KEPT)
    if last := Snapshot.objects.last_loaded():
        old = old.exclude(pk=last.pk)
    return {
        "library_requests": delete_in_batches(settled),
        "snapshots": delete_in_batches(old),
    }
