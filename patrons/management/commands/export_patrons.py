"""`export_patrons`: write patrons for the library system."""

import sys
from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from patrons.models import Patron
from patrons.transfer.columns import MappingRefused, load_mapping
from patrons.transfer.exporting import (
    ExportFailed,
    ExportRunning,
    export_to_folder,
    export_to_stream,
)
from patrons.transfer.lines import ENCODINGS

FAILED, USAGE, RUNNING = 1, 2, 3
STREAM = "-"


class Command(BaseCommand):
    help = (
        "Write patrons the library system does not know, or not as they are now, and mark them as"
        " exported. Exit status: 0 done (or nobody to write), 1 not written, 2 wrong use, 3 another"
        " export is running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--full", action="store_true", help="every patron")
        which.add_argument(
            "--since",
            type=_moment,
            help="who registered or changed since then, exported or not: 2026-03-10[T09:00]",
        )
        parser.add_argument(
            "--output",
            metavar="FILE",
            help="instead of a new file in PATRON_EXPORT_FOLDER; - is standard output",
        )
        parser.add_argument("--encoding", choices=ENCODINGS, help="instead of the mapping's")
        parser.add_argument(
            "--mapping",
            metavar="FILE",
            default=settings.PATRON_EXPORT_MAPPING,
            help="headers and codes, like patrons/data/import.toml",
        )
        parser.add_argument("--no-mark", action="store_true", help="leave the patrons unmarked")
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, **options: Any) -> None:
        """Print counts, never a patron's data; to standard error where the file is the output."""
        if options["full"]:
            patrons = Patron.objects.all()
        elif options["since"]:
            patrons = Patron.objects.changed_from(options["since"])
        else:
            patrons = Patron.objects.to_be_exported()
        if options["dry_run"]:
            self.stdout.write(f"patrons: {patrons.count()} (nothing written, nothing marked)")
            return
        output, folder = options["output"], settings.PATRON_EXPORT_FOLDER
        if output == STREAM and not options["no_mark"]:
            raise CommandError("--output - marks nobody: say --no-mark too.", returncode=USAGE)
        if output is None and not folder:
            raise CommandError("Set PATRON_EXPORT_FOLDER or use --output.", returncode=USAGE)
        try:
            mapping = load_mapping(Path(options["mapping"]))
        except (MappingRefused, OSError) as error:
            raise CommandError(f"{options['mapping']}: {error}", returncode=USAGE) from None
        how: dict[str, Any] = {
            "patrons": patrons,
            "encoding": options["encoding"] or mapping.export_encoding,
            "mapping": mapping,
        }
        try:
            if output == STREAM:
                exported = export_to_stream(stream=sys.stdout.buffer, **how)
            else:
                path = Path(output or folder)
                where = {"folder": path.parent, "name": path.name} if output else {"folder": path}
                exported = export_to_folder(mark=not options["no_mark"], **where, **how)
        except ExportRunning:
            raise CommandError("Another export is running.", returncode=RUNNING) from None
        except ExportFailed as error:
            raise CommandError(f"Nothing was written: {error}", returncode=FAILED) from None
        counts = f"patrons: {exported.patrons}\nmarked: {exported.marked}\n"
        counts += f"with replaced characters: {exported.reported}"
        (self.stderr if output == STREAM else self.stdout).write(counts)
        if exported.path:
            self.stdout.write(f"file: {exported.path}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("a date or date and time, like 2026-03-10T09:00") from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
