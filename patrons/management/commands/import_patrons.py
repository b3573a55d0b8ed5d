"""`import_patrons`: take over the library system's patrons."""

import csv
import os
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from patrons.transfer.columns import DEFAULT_MAPPING, Mapping, MappingRefused, load_mapping
from patrons.transfer.errors import FileRefused
from patrons.transfer.importing import Imported, import_patrons
from patrons.transfer.rows import Finding

REFUSED, USAGE, INTERRUPTED = 1, 2, 130
LINES_ON_SCREEN = 20
REPORT_HEADERS = ("行", "利用者番号", "種類", "理由")
KINDS = {
    "rejected": "取り込めない行",
    "kept": "こちらの変更が未反映のため見送り",
    "erased": "個人情報を消去済みのため見送り",
    "note": "使えない値を空にして取り込み",
    "namesake": "同姓同名・同一生年月日",
}
REASONS = {
    "columns": "列の数が見出しと違います",
    "control_characters": "制御文字（NUL など）があります",
    "number": "利用者番号がないか、使えない形です",
    "name_empty": "氏名がありません",
    "name_too_long": "氏名が長すぎます",
    "birth_date": "生年月日が正しくありません",
    "status": "状態が対応表にない値です",
    "number_twice": "同じ利用者番号がファイルに2回以上あります",
    "other_person": "この利用者番号は、別の人が使っています",
    "not_exported": "利用者が変更した内容を、先に貸出システムへ反映してください",
    "erased": "こちらで消去した利用者です。貸出システムに残っている個人情報も消去してください",
    "namesake": "同じ氏名・生年月日の利用者がいます。同じ人かどうか確認してください",
    "kana": "カナ",
    "postal_code": "郵便番号",
    "address": "住所",
    "phone": "電話番号",
    "email": "E-mail",
    "contact_method": "予約連絡方法",
}
REFUSALS = {
    "empty": "ファイルに利用者の行がありません",
    "encoding": "文字コードが正しくありません（UTF-8 か CP932 にしてください）",
    "missing_columns": "必要な列がありません",
    "twice": "同じ見出しの列が2つあります",
    "record_too_long": "長すぎる行があります",
    "quotes": '引用符（"）が閉じていないか、使い方が正しくありません',
    "cut_off": "最後の行が改行で終わっていません。途中で切れたファイルかもしれません"
    "（正しいファイルなら --accept-cut-off）",
    "rows": "行数が --rows と違います。ファイルの行数",
}
STEPS = {"read": "読み込み", "compare": "照合", "merge": "登録", "index": "索引", "commit": "確定"}


class Command(BaseCommand):
    help = (
        "Import patrons from a CSV file of the library system, all of them or none. Can be"
        " interrupted and repeated. Exit status: 0 done, 1 refused and nothing changed, 2 wrong"
        " use, 130 interrupted and nothing changed."
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
            "--report", type=Path, metavar="FILE", help="new CSV file of the lines to look at"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, **options: Any) -> None:
        """Print counts and line numbers; patron numbers go to the report file only."""
        mapping = _mapping(options["mapping"])
        progress = Progress(self.stderr._out)
        with _new(options["report"]) as stream:
            report = Report(stream)
            try:
                imported = import_patrons(
                    path=options["file"],
                    mapping=mapping,
                    allowed=options["max_rejected"],
                    expected_rows=options["rows"],
                    accept_cut_off=options["accept_cut_off"],
                    first_login_days=options["first_login_days"],
                    dry_run=options["dry_run"],
                    report=report.add,
                    progress=progress.show,
                )
            except FileRefused as refusal:
                raise _refused(_sentence(refusal)) from None
            except OSError as error:
                reason = f"{options['file']}: {error.strerror}"
                raise CommandError(reason, returncode=USAGE) from None
            except DatabaseError as error:
                # Its text may quote a patron's data.
                raise _refused(f"データベースのエラー（{_sqlstate(error)}）") from None
            except KeyboardInterrupt:
                reason = "中断しました。何も変わっていません。"
                raise CommandError(reason, returncode=INTERRUPTED) from None
            finally:
                progress.finish()
        self._print(imported, report, dry_run=options["dry_run"])

    def _print(self, imported: Imported, report: "Report", *, dry_run: bool) -> None:
        for line in report.first:
            self.stdout.write(line)
        if report.more:
            self.stdout.write(f"ほか {report.more} 行（--report で全部を書き出せます）")
        if imported.ignored_columns:
            self.stdout.write(f"使わない列: {'、'.join(imported.ignored_columns)}")
        self.stdout.write(
            f"行数 {imported.rows}: 新規 {imported.inserted}、更新 {imported.updated}、"
            f"変更なし {imported.unchanged}、見送り {imported.kept}、"
            f"取り込めない {imported.rejected}"
        )
        self.stdout.write(
            f"空にした値 {imported.notes}、同姓同名・同一生年月日 {imported.namesakes}"
        )
        if imported.erased:
            self.stdout.write(f"{KINDS['erased']} {imported.erased}")
        if imported.too_many:
            raise _refused(f"取り込めない行が {imported.rejected} 行あります（--max-rejected）")
        if dry_run:
            self.stdout.write("確認だけです。何も変わっていません。")
        else:
            self.stdout.write("取り込みました。")


class Report:
    """Lines to look at: all of them in a file, where one is given, the first for the screen."""

    def __init__(self, stream: TextIO | None) -> None:
        self.first: list[str] = []
        self.more = 0
        self._write = csv.writer(stream).writerow if stream else None
        if self._write:
            self._write(REPORT_HEADERS)

    def add(self, kind: str, finding: Finding) -> None:
        """Take one line; the screen gets no patron number."""
        reason = REASONS[finding.code]
        if self._write:
            self._write((finding.line, finding.number, KINDS[kind], reason))
        if len(self.first) < LINES_ON_SCREEN:
            self.first.append(f"{finding.line} 行目: {KINDS[kind]}（{reason}）")
        else:
            self.more += 1


class Progress:
    """A bar on a terminal; elsewhere a line at each step and each tenth."""

    WIDTH = 30

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar = stream.isatty()
        self._shown: tuple[str, int] | None = None
        self._begun = time.monotonic()

    def show(self, step: str, share: float) -> None:
        """Show how far a step is."""
        shown = (step, int(share * (100 if self._bar else 10)))
        if shown == self._shown:
            return
        self._shown = shown
        seconds = time.monotonic() - self._begun
        filled = int(share * self.WIDTH)
        bar = f"[{'#' * filled}{'.' * (self.WIDTH - filled)}] " if self._bar else ""
        text = f"{STEPS[step]} {bar}{share:4.0%} {seconds:.0f} 秒"
        self._stream.write(f"\r\x1b[2K{text}" if self._bar else f"{text}\n")
        self._stream.flush()

    def finish(self) -> None:
        """End the bar's line."""
        if self._bar and self._shown:
            self._stream.write("\n")


def _share(text: str) -> Callable[[int], float]:
    number, percent = text.removesuffix("%"), text.endswith("%")
    try:
        value = float(number) / 100 if percent else int(number)
    except ValueError:
        raise ArgumentTypeError("a number like 50, or a share like 0.1%") from None
    if value < 0:
        raise ArgumentTypeError("not below 0")
    return (lambda rows: rows * value) if percent else (lambda rows: value)


def _mapping(path: Path) -> Mapping:
    try:
        return load_mapping(path)
    except (MappingRefused, OSError) as error:
        raise CommandError(f"{path}: {error}", returncode=USAGE) from None


def _new(path: Path | None) -> AbstractContextManager[TextIO | None]:
    """Open a report that nobody else may read; an older one is not written over."""
    if path is None:
        return nullcontext()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", returncode=USAGE) from None
    return os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")


def _refused(reason: str) -> CommandError:
    return CommandError(f"{reason}。何も変わっていません。", returncode=REFUSED)


def _sentence(refusal: FileRefused) -> str:
    where = f"{refusal.line} 行目: " if refusal.line else ""
    detail = f"（{refusal.detail}）" if refusal.detail else ""
    return f"{where}{REFUSALS[refusal.code]}{detail}"


def _sqlstate(error: DatabaseError) -> str:
    return getattr(error.__cause__, "sqlstate", None) or type(error).__name__
