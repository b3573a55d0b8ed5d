"""`import_catalog`: take over the library's records and items from a MARC file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.importing.items import FileRefused
from catalog.importing.loading import Finding, Imported, ImportRunning, import_catalog
from staff.commands import UNCHANGED, Progress, refused, reported, stopped
from staff.files import ReportFile, guard

HEADERS = ("位置", "書誌番号", "種類", "理由")
REFUSALS = {
    "empty": "ファイルに書誌がありません",
    "not_marc": "MARC 21（ISO 2709）でもMARCXMLでもありません",
    "bad_xml": "XMLとして読めません。途中で切れたファイルかもしれません。書き出し直してください",
    "items_empty": "所蔵のファイルが空です",
    "columns": "所蔵のファイルの1行目（見出し）に、必要な列がありません",
    "columns_twice": "所蔵のファイルに、同じ見出しの列が2つあります",
    "items_not_utf8": "所蔵のファイルがUTF-8ではありません。UTF-8で書き出し直してください",
    "bad_csv": "所蔵のファイルがCSVとして読めません",
}
RUNNING = "別の取り込みが動いています。終わってから実行してください"
KINDS = {
    "rejected": "取り込めない書誌",
    "item": "取り込めない所蔵",
    "earlier": "読み飛ばした書誌",
    "shortened": "途中までを取り込み",
}
REASONS = {
    "broken": "書誌の形がこわれています",
    "cut_off": "ファイルの終わりで切れています",
    "too_long": "書誌が長すぎます",
    "not_utf8": "文字コードがUTF-8ではありません（MARC-8など）。UTF-8で書き出し直してください",
    "bad_utf8": "UTF-8として読めない文字があります",
    "unimarc": "UNIMARCです（MARC 21だけを読みます）",
    "no_bibliography": "書誌ではありません（典拠や所蔵のレコードです）",
    "no_title": "書名（245）がありません",
    "no_control_number": "書誌番号（001）がありません",
    "bad_control_number": "書誌番号（001）が長すぎるか、使えない文字があります",
    "earlier": "同じ書誌番号がもう一度あります。あとのほうを取り込みます",
    "shortened": "長すぎるか、多すぎます",
    "columns": "列の数が見出しと違います",
    "control_characters": "制御文字（NULなど）があります",
    "item_number": "資料番号がないか、長すぎます",
    "item_twice": "同じ資料番号が前にあります",
    "no_record": "この書誌番号の書誌がありません",
    "branch": "登録されていない館の記号です",
    "state": "知らない状態です",
    "material": "知らない資料の種類です",
}


class Command(BaseCommand):
    help = (
        "Import records and items from MARC 21 in UTF-8 (ISO 2709 or MARCXML), all or nothing. Can"
        " be interrupted and repeated. Exit status: 0 done, 1 refused and nothing changed, 2 wrong"
        " use, 3 done but for the report file, 130 interrupted and nothing changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--items", type=Path, help="CSV of the items, in place of those in the records (852)"
        )
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help="CSV file of what was left out or shortened, in place of an earlier one",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--lose-items",
            action="store_true",
            help="go on where more than a tenth of the stored items would be removed",
        )

    def handle(self, **options: Any) -> None:
        """Print counts, and the first of what was left out."""
        progress = Progress(self.stderr._out)
        with reported(Report, options["report"]) as report:
            with stopped(progress):
                try:
                    imported = import_catalog(
                        path=options["file"],
                        items_path=options["items"],
                        dry_run=options["dry_run"],
                        may_lose_items=options["lose_items"],
                        report=report.add,
                        progress=progress.show,
                    )
                except FileRefused as refusal:
                    detail = f"（{refusal.detail}）" if refusal.detail else ""
                    raise refused(f"{REFUSALS[refusal.code]}{detail}") from None
                except ImportRunning:
                    raise refused(RUNNING) from None
            self.stdout.writelines(f"{line}\n" for line in report.lines)
            self._print(imported)
        if report.path:
            self.stdout.write(f"確認する書誌と所蔵: {report.path}")
        if imported.is_useless:
            raise refused("取り込める書誌がひとつもありません")
        if imported.loses_items:
            gone = imported.counts["items_gone"]
            raise refused(
                f"いまある所蔵の1割を超える {gone} 点がなくなります。所蔵が欠けたファイルでないか"
                "確かめ、なくしてよければ --lose-items を付けて実行してください"
            )
        if options["dry_run"]:
            self.stdout.write(f"確認だけです。{UNCHANGED}")
        else:
            self.stdout.write("取り込みました。")

    def _print(self, imported: Imported) -> None:
        counts = imported.counts
        self.stdout.write(
            f"書誌 {counts['records']}: 新規 {counts['inserted']}、更新 {counts['updated']}、"
            f"変更なし {counts['unchanged']}、削除 {counts['deleted']}、"
            f"読み飛ばし {counts['earlier']}、取り込めない {counts['rejected']}"
        )
        self.stdout.write(
            f"所蔵: 新規 {counts['items_inserted']}、更新 {counts['items_updated']}、"
            f"変更なし {counts['items_unchanged']}、なくなった {counts['items_gone']}、"
            f"取り込めない {counts['items_rejected']}"
        )


class Report(ReportFile):
    """What was left out or shortened."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path, HEADERS)

    def add(self, kind: str, finding: Finding) -> None:
        reason = REASONS[finding.code] + (f"：{finding.detail}" if finding.detail else "")
        number = f" {finding.control_number}" if finding.control_number else ""
        words = f"{finding.position}{number}: {KINDS[kind]}（{reason}）"
        cells = (finding.position, guard(finding.control_number), KINDS[kind], guard(reason))
        self.tell(words, cells)
