"""`import_patrons`: take over the library system's patrons."""

import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from patrons.tasks import find_doubles
from patrons.transfer.columns import DEFAULT_MAPPING, MappingRefused, load_mapping
from patrons.transfer.importing import Imported, import_patrons
from patrons.transfer.reading import FileRefused
from patrons.transfer.report import KINDS, REFUSALS, Report
from staff.commands import UNCHANGED, USAGE, Progress, refused, reported, stopped

SETTLED_SECONDS = 60
DELIMITER_NAMES = {",": "コンマ", "\t": "タブ", ";": "セミコロン", "|": "縦線"}


class Command(BaseCommand):
    help = (
        "Import patrons from a CSV file of the library system, all of them or none. Can be"
        " interrupted and repeated. Exit status: 0 done, 1 refused and nothing changed, 2 wrong"
        " use, 3 done but for the report file, 130 interrupted and nothing changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping",
            type=Path,
            default=DEFAULT_MAPPING,
            help="headers and codes, like patrons/data/import.toml",
        )
        parser.add_argument(
            "--as-of",
            type=_moment,
            metavar="MOMENT",
            help="when the library system wrote the file, as 2026-04-01T02:00, in local time unless"
            " it says otherwise (default: when the file last changed); what was exported or"
            " imported later is kept",
        )
        parser.add_argument(
            "--max-rejected",
            type=_share,
            default=_share("0"),
            metavar="N|N%",
            help="import although so many rows are rejected (default: 0)",
        )
        parser.add_argument("--rows", type=int, help="refuse another number of rows")
        parser.add_argument(
            "--accept-cut-off", action="store_true", help="the last line may lack its line end"
        )
        parser.add_argument(
            "--first-login-days",
            type=int,
            default=0,
            metavar="DAYS",
            help="let new patrons log in once with the birth date for so long (default: never)",
        )
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help="CSV file of the lines to look at, in place of an earlier one",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, **options: Any) -> None:
        """Print counts and line numbers; patron numbers go to the report file only."""
        try:
            mapping = load_mapping(options["mapping"])
        except (MappingRefused, OSError) as error:
            raise CommandError(f"{options['mapping']}: {error}", returncode=USAGE) from None
        progress = Progress(self.stderr._out)
        with reported(Report, options["report"]) as report:
            with stopped(progress):
                try:
                    imported = import_patrons(
                        path=options["file"],
                        mapping=mapping,
                        as_of=options["as_of"],
                        allowed=options["max_rejected"],
                        expected_rows=options["rows"],
                        accept_cut_off=options["accept_cut_off"],
                        first_login_days=options["first_login_days"],
                        dry_run=options["dry_run"],
                        report=report.add,
                        progress=progress.show,
                    )
                except FileRefused as refusal:
                    where = f"{refusal.line} 行目: " if refusal.line else ""
                    detail = f"（{refusal.detail}）" if refusal.detail else ""
                    raise refused(f"{where}{REFUSALS[refusal.code]}{detail}") from None
            self.stdout.writelines(f"{line}\n" for line in report.lines)
            self._print(imported, options["mapping"])
        if report.path:
            self.stdout.write(f"確認する行: {report.path}")
        if imported.too_many:
            rejected = imported.counts["rejected"]
            raise refused(f"取り込めない行が {rejected} 行あります（--max-rejected）")
        if options["dry_run"]:
            self.stdout.write(f"確認だけです。{UNCHANGED}")
        elif imported.done:
            # Whoever had registered online before is found soon, not at night; the search leaves
            # out what was written a moment ago.
            with suppress(AlreadyEnqueued):
                search = find_doubles.configure(schedule_in={"seconds": SETTLED_SECONDS})
                search.defer(timestamp=int(time.time()))

    def _print(self, imported: Imported, mapping: Path) -> None:
        layout = imported.layout
        if layout.ignored:
            self.stdout.write(f"使わない列: {'、'.join(layout.ignored)}")
        delimiter = DELIMITER_NAMES.get(layout.delimiter, layout.delimiter)
        self.stdout.write(f"文字コード: {layout.encoding}、区切り: {delimiter}、対応表: {mapping}")
        as_of = timezone.localtime(imported.as_of)
        self.stdout.write(f"ファイルの日時: {as_of:%Y-%m-%d %H:%M:%S}（--as-of）")
        counts = imported.counts
        self.stdout.write(
            f"行数 {imported.rows}: 新規 {counts['inserted']}、更新 {counts['updated']}、"
            f"変更なし {counts['unchanged']}、見送り {counts['kept']}、"
            f"取り込めない {counts['rejected']}"
        )
        self.stdout.write(
            f"除いた値 {counts['note']}、確認する値 {counts['look']}、"
            f"同姓同名・同一生年月日 {counts['namesake']}、カードと違う氏名 {counts['renamed']}"
        )
        if counts["erased"]:
            self.stdout.write(f"{KINDS['erased']} {counts['erased']}")
        if imported.done:
            self.stdout.write("取り込みました。")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("2026-04-01T02:00 のような日時にしてください") from None
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment > timezone.now():
        raise ArgumentTypeError("これからの日時です")
    return moment


def _share(text: str) -> Callable[[int], float]:
    number, percent = text.removesuffix("%"), text.endswith("%")
    try:
        value = float(number) / 100 if percent else int(number)
    except ValueError:
        raise ArgumentTypeError("50 のような行数か、0.1% のような割合にしてください") from None
    if value < 0:
        raise ArgumentTypeError("0 以上にしてください")
    return (lambda rows: rows * value) if percent else (lambda rows: value)
