"""Files as the library system writes them, and the command that takes them over."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.core.management import CommandError, call_command

from patrons.transfer.columns import load_mapping
from patrons.transfer.importing import Imported, import_patrons

HEADERS = {
    "number": "利用者番号",
    "name": "氏名",
    "kana": "カナ",
    "birth_date": "生年月日",
    "postal_code": "郵便番号",
    "address": "住所",
    "phone": "電話番号",
    "email": "E-mail",
    "contact_method": "予約連絡方法",
    "status": "状態",
}
PERSON = {
    "number": "C1",
    "name": "別府　花子",
    "kana": "ベップ　ハナコ",
    "birth_date": "19920402",
    "postal_code": "874-0908",
    "address": "大分県別府市上野口町1番15号",
    "phone": "0977-21-1111",
    "email": "hanako@example.jp",
    "contact_method": "メール",
    "status": "有効",
}
UNCHANGED = "何も変わっていません。"
ONLINE = {"name": "大分　太郎", "kana": "オオイタ　タロウ", "birth_date": "20130720"}


@dataclass(frozen=True)
class Ended:
    """How the command ended: exit status, what it said at the end, and what it printed."""

    status: int
    error: str
    output: str


def people(count: int, **values: str) -> list[dict[str, str]]:
    """Return so many people of different numbers and names."""
    return [{"number": f"M{n:06}", "name": f"別府　{n}", **values} for n in range(count)]


def text(*rows: dict[str, str], columns: tuple[str, ...] = tuple(HEADERS), end="\r\n") -> str:
    """Return a file of 別府 花子, changed where told, once for each of `rows`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=end)
    writer.writerow(HEADERS[column] for column in columns)
    writer.writerows([(PERSON | row)[column] for column in columns] for row in rows)
    return stream.getvalue()


def run(path: Path, *arguments: str, stderr: TextIO | None = None) -> Ended:
    """Run `import_patrons` in this process."""
    output = io.StringIO()
    try:
        call_command(
            "import_patrons", str(path), *arguments, stdout=output, stderr=stderr or io.StringIO()
        )
    except CommandError as error:
        return Ended(error.returncode, str(error), output.getvalue())
    return Ended(0, "", output.getvalue())


class Import:
    """Imports a file of the rows, and keeps what was told about them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[tuple[str, str, str]] = []

    def __call__(self, *rows: dict[str, str], columns=tuple(HEADERS), **options) -> Imported:
        self.path.write_text(text(*rows, columns=columns), encoding="utf-8", newline="")
        return self.again(**options)

    def again(self, **options) -> Imported:
        self.told = []
        return import_patrons(
            path=self.path,
            mapping=load_mapping(),
            report=lambda kind, found: self.told.append((kind, found.number, found.code)),
            **options,
        )


def counts(imported: Imported) -> dict[str, int]:
    """Return the counts that are not 0, `rows` apart."""
    return {name: count for name, count in imported.counts.items() if count and name != "erased"}
