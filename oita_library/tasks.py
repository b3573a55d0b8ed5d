"""Periodic upkeep of the site as a whole, run by the worker."""

from procrastinate.contrib.django import app

from notices.tasks import PatientRetry
from oita_library.retention import apply_rules


class PurgeIncomplete(Exception):
    """Some retention rules failed; the text names them."""


@app.periodic(cron="20 18 * * *")
@app.task(queueing_lock="apply_retention", retry=PatientRetry())
def apply_retention(timestamp: int) -> dict[str, int]:
    """Delete what has been kept long enough, every night at 3:20 in Japan (18:20 UTC)."""
    found = dict(apply_rules())
    if failed := [kind for kind, amount in found.items() if amount is None]:
        raise PurgeIncomplete(", ".join(failed))
    return {kind: amount for kind, amount in found.items() if amount is not None}
