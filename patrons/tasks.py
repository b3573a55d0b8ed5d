"""What the worker does about patrons on a schedule."""

import logging
from datetime import UTC, datetime

from procrastinate.contrib.django import app

from patrons.numbers import numbers_left
from patrons.transfer.exporting import ExportFailed, ExportRunning, export_when_due

logger = logging.getLogger("patrons")


@app.periodic(cron="0 21 * * *")
@app.task(queueing_lock="watch_numbers")
def watch_numbers(timestamp: int) -> dict[str, int]:
    """Log every morning (06:00 in Japan) when fewer than 5 % of the patron numbers are left."""
    numbers = numbers_left()
    if numbers.nearly_exhausted:
        logger.warning(
            "few patron numbers left",
            extra={"event": "numbers_nearly_exhausted", **numbers._asdict()},
        )
    return numbers._asdict()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="export_patrons", lock="export_patrons")
def export_patrons(timestamp: int) -> None:
    """Write new and changed patrons for the library system when it is time.

    Looked at every minute, so what failed (a folder that is away or full) is tried again soon.
    """
    try:
        export_when_due(now=datetime.fromtimestamp(timestamp, UTC))
    except ExportRunning:
        logger.info("another export is running", extra={"event": "export_running"})
    except ExportFailed as error:
        # Not left to the worker: of what is raised the log keeps the kind alone.
        reason = {"event": "export_failed", "reason": str(error)}
        logger.error("patrons were not exported", extra=reason)
