"""What the worker does about patrons on a schedule."""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django import app

from patrons.doubles.services import ImportUnderWay, search_for
from patrons.numbers import numbers_left
from patrons.transfer.exporting import ExportFailed, ExportRunning, export_when_due

logger = logging.getLogger("patrons")

RUN_LASTS = timedelta(minutes=10)


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


@app.periodic(cron="*/15 16-19 * * *")
@app.task(queueing_lock="find_doubles", lock="find_doubles")
def find_doubles(timestamp: int) -> dict[str, int]:
    """Look for double registrations at night (1:00 to 5:00 in Japan), in runs of ten minutes.

    What a run leaves, the next one goes on with: the first of all takes several.
    """
    count: Counter[str] = Counter(patrons=0, found=0)
    try:
        for looked in search_for(RUN_LASTS):
            count.update(looked._asdict())
    except ImportUnderWay:
        logger.info("an import is running", extra={"event": "import_running"})
    if count["found"]:
        logger.info("doubles found", extra={"event": "doubles_found", **count})
    return dict(count)


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
