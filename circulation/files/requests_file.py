"""The file of what is asked of the library system: all that is not decided, whole each time.

A request that was lost is in the next one, and one that comes twice has the same id: the library
system does it once. It leaves the file once it is settled.
"""

import csv
import io
import logging
from datetime import datetime
from pathlib import Path

from circulation.files.models import LibraryRequest
from staff.files import HiddenFile

logger = logging.getLogger("circulation")

NAME = "requests.csv"
COLUMNS = (
    *("id", "act", "patron", "item_number", "hold_number", "control_number", "pickup", "until"),
    "asked_at",
)


def write_requests(*, folder: Path, now: datetime) -> int:
    """Write the file where it would differ, and note what is in it for the first time.

    A process killed in between leaves requests unmarked, to be marked by the next. Returns how many
    were new. Raises OSError.
    """
    asked = LibraryRequest.objects.open().select_related("patron", "record", "pickup")
    requests = list(asked)
    content = _content(requests)
    path = folder / NAME
    if not _is(path, content):
        with HiddenFile(path) as file:
            file.stream.write(content)
            file.publish()
    new = [request.pk for request in requests if request.written_at is None]
    if new:
        LibraryRequest.objects.filter(pk__in=new, written_at=None).update(written_at=now)
        extra = {"event": "requests_written", "count": len(new)}
        logger.info("requests written for the library system", extra=extra)
    return len(new)


def _content(requests: list[LibraryRequest]) -> bytes:
    text = io.StringIO(newline="")
    write = csv.writer(text).writerow
    write(COLUMNS)
    for request in requests:
        write(
            (
                *(request.key, request.act, request.patron.number),
                *(request.item_number, request.hold_number),
                request.record.control_number if request.record else "",
                request.pickup.code if request.pickup else "",
                request.until.isoformat() if request.until else "",
                request.asked_at.isoformat(timespec="seconds"),
            )
        )
    return text.getvalue().encode()


def _is(path: Path, content: bytes) -> bool:
    """Return whether a file is there, for its owner alone, and has just this in it."""
    try:
        found = path.lstat()
        same = found.st_size == len(content) and found.st_mode & 0o177 == 0
        return same and path.read_bytes() == content
    except FileNotFoundError:
        return False
