"""`import_catalog`: take over the library's records and items from a MARC file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from catalog.importing.loading import Finding, Imported, import_catalog
from catalog.importing.reading import FileRefused
from patrons.management.commands.import_patrons import (
    INTERRUPTED,
    REFUSED,
    UNCHANGED,
    USAGE,
    Progress,
)

MOST_SHOWN = 100
REFUSALS = {
    "empty": "ファイルが空です",
    "not_marc": "MARC 21（ISO 2709）でもMARCXMLでもありません",
    "bad_xml": "XMLとして読めません",
    "columns": "見出しの列が足りません",
    "not_utf8": "UTF-8で書かれていません",
    "bad_csv": "CSVとして読めません",
}
REASONS = {
    "broken": "書誌の形がこわれています",
    "cut_off": "ファイルの終わりで切れています",
    "not_utf8": "文字コードがUTF-8ではありません（MARC-8など）",
    "bad_utf8": "UTF-8として読めない文字があります",
    "unimarc": "UNIMARCです（MARC 21だけを読みます）",
    "no_title": "書名（245）がありません",
    "no_control_number": "書誌番号（001）がありません",
    "bad_control_number": "書誌番号（001）が長すぎるか、使えない文字があります",
    "item_number": "資料番号がないか、長すぎます",
    "item_twice": "同じ資料番号が2つあります",
    "branch": "登録されていない館の記号です",
    "state": "知らない状態です",
    "material": "知らない資料の種類です",
}


class Command(BaseCommand):
    help = (
        "Import records and items from MARC 21 in UTF-8 (ISO 2709 or MARCXML), all or nothing. Can"
        " be interrupted and repeated. Exit status: 0 done, 1 refused and nothing changed, 2 wrong"
        " use, 130 interrupted and nothing changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--items", type=Path, help="CSV of the items, in place of those in the records (852)"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, **options: Any) -> None:
        """Print counts, and the first of what was left out."""
        progress = Progress(self.stderr._out)
        told = 0

        def tell(kind: str, finding: Finding) -> None:
            nonlocal told
            told += 1
            if told <= MOST_SHOWN:
                number = f" {finding.control_number}" if finding.control_number else ""
                detail = f"（{finding.detail}）" if finding.detail else ""
                what = "書誌" if kind == "rejected" else "所蔵"
                reason = REASONS[finding.code]
                self.stdout.write(f"{what} {finding.position}{number}: {reason}{detail}")

        try:
            imported = import_catalog(
                path=options["file"],
                items_path=options["items"],
                dry_run=options["dry_run"],
                report=tell,
                progress=progress.show,
            )
        except FileRefused as refusal:
            detail = f"（{refusal.detail}）" if refusal.detail else ""
            raise CommandError(
                f"{REFUSALS[refusal.code]}{detail}。{UNCHANGED}", returncode=REFUSED
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=USAGE) from None
        except DatabaseError as error:
            state = getattr(error.__cause__, "sqlstate", None) or type(error).__name__
            raise CommandError(
                f"データベースのエラー（{state}）。{progress.outcome}", returncode=REFUSED
            ) from None
        except KeyboardInterrupt:
            stopped = f"中断しました。{progress.outcome}"
            raise CommandError(stopped, returncode=INTERRUPTED) from None
        finally:
            progress.finish()
        if told > MOST_SHOWN:
            self.stdout.write(f"ほか {told - MOST_SHOWN} 件")
        self._print(imported)

    def _print(self, imported: Imported) -> None:
        counts = imported.counts
        self.stdout.write(
            f"書誌 {counts['records']}: 新規 {counts['inserted']}、更新 {counts['updated']}、"
            f"変更なし {counts['unchanged']}、削除 {counts['deleted']}、"
            f"重複 {counts['twice']}、取り込めない {counts['rejected']}"
        )
        self.stdout.write(
            f"所蔵: 新規・更新 {counts['items']}、なくなった {counts['items_gone']}、"
            f"取り込めない {counts['items_rejected']}"
        )
        if not imported.done:
            self.stdout.write(f"確認だけです。{UNCHANGED}")
