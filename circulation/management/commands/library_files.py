"""`library_files`: the process that exchanges files with the library system."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections

from audit.services import run_as_worker
from circulation.files.exchange import IN, OUT, exchange
from outages.database.base import WORKER, use_limits

logger = logging.getLogger("circulation")

LOOK_EVERY_SECONDS = 30
# Longer than a million items take.
HANGS_AFTER_SECONDS = 15 * 60


class Command(BaseCommand):
    help = (
        "Exchange files with the library system (LIBRARY_SYSTEM=files) until SIGTERM or Ctrl-C:"
        " take over its snapshots, write what patrons ask for. May be killed at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once, and end")
        parser.add_argument(
            "--may-lose",
            action="store_true",
            help="with --once: go on where more than half of the loans or holds, or a tenth of the"
            " items would be removed",
        )

    def handle(self, *, once: bool, may_lose: bool, **options: Any) -> None:
        """Look every half minute; whatever fails is tried again."""
        if settings.LIBRARY_SYSTEM != "files":
            raise CommandError("LIBRARY_SYSTEM is not files: no files are exchanged.")
        if may_lose and not once:
            raise CommandError("--may-lose is for one time: with --once.")
        folder = Path(settings.LIBRARY_SYSTEM_FOLDER)
        if once:
            try:
                exchange(folder=folder, may_lose=may_lose)
            except OSError as error:
                raise CommandError(f"{folder}/{IN} and {OUT}: {error.strerror}") from None
            return
        run_as_worker()
        use_limits(WORKER)
        for number in (signal.SIGTERM, signal.SIGINT):
            # Whatever it is at: a transaction that is cut off leaves nothing behind.
            signal.signal(number, lambda *_: sys.exit(0))
        while True:
            look(folder)
            time.sleep(LOOK_EVERY_SECONDS)


def look(folder: Path) -> None:
    """Exchange once, and log what failed without what it was about."""
    try:
        with watched():
            exchange(folder=folder)
    except OSError as error:
        extra = {"event": "library_folder_failed", "reason": str(error.strerror)}
        logger.error("the library system's folder cannot be used", extra=extra)
    except Error as error:
        extra = {"event": "library_files_failed", "error": type(error).__name__}
        logger.error("files were not exchanged", extra=extra)
    finally:
        close_old_connections()


@contextmanager
def watched() -> Iterator[None]:
    """Log where this takes so long that the folder hangs; nothing else can be done about it."""
    hangs = {"event": "library_folder_hangs"}
    timer = threading.Timer(
        HANGS_AFTER_SECONDS, lambda: logger.error("the library system's folder hangs", extra=hangs)
    )
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
