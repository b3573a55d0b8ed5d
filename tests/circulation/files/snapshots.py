"""Snapshots as a library system writes them, by hand: the files, then the manifest."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from branches.models import Branch
from catalog.models import Item, Record
from circulation.files.exchange import IN, OUT, take_in
from circulation.files.models import Snapshot
from patrons.models import Patron
from patrons.services import user_for
from tests.patrons.people import imported_patron

HEADERS = {
    "patrons": ("利用者番号", "状態"),
    "loans": (
        "利用者番号",
        "資料番号",
        "書誌番号",
        "書名",
        "貸出日時",
        "返却期限",
        "延長回数",
        "延長できない理由",
    ),
    "holds": (
        "予約番号",
        "利用者番号",
        "書誌番号",
        "書名",
        "受取館",
        "状態",
        "順番",
        "取り置き期限",
        "取り置き番号",
        "資料番号",
    ),
    "answers": ("申込番号", "結果", "理由"),
    "items": ("書誌番号", "資料番号", "館", "状態"),
}


def branch(code: str = "main") -> Branch:
    return Branch.objects.get_or_create(code=code, defaults={"name": code, "order": 1})[0]


def work(number: str, title: str = "吾輩は猫である", *items: str) -> Record:
    record = Record.objects.create(control_number=number, title=title)
    for item in items:
        Item.objects.create(record=record, number=item, branch=branch())
    return record


def patron_with_login(**columns: Any) -> Patron:
    patron = imported_patron(**columns)
    user_for(patron=patron)
    return patron


def table(headers: Sequence[str], rows: Sequence[Sequence[object]], codec: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode(codec)


def in_a_test(take: Callable[..., Any], **arguments: Any) -> Any:
    """Take something over where no transaction ends, which deletes its temporary tables."""
    try:
        return take(**arguments)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DISCARD TEMP")


class Vendor:
    """Writes snapshots into a folder, one a minute."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming, self.out = folder / IN, folder / OUT
        for each in (self.incoming, self.out):
            each.mkdir()
        self.sequence = 0
        # Long enough ago for every snapshot of a test.
        self.begun = timezone.now().replace(microsecond=0) - timedelta(minutes=100)

    def as_of(self, sequence: int) -> datetime:
        return self.begun + timedelta(minutes=sequence)

    def write(
        self,
        *,
        codec: str = "utf-8",
        files: dict[str, bytes] | None = None,
        told: dict[str, Any] | None = None,
        of_files: dict[str, dict[str, Any]] | None = None,
        **rows: Sequence[Sequence[object]],
    ) -> Path:
        """Write one, and return its manifest: `rows` by file, `files` as they are.

        `told` and `of_files` are what the manifest says in place of what is true.
        """
        self.sequence += 1
        contents = dict(files or {})
        counts = {}
        for kind in ("patrons", "loans", "holds", *rows):
            if kind not in contents:
                contents[kind] = table(HEADERS[kind], rows.get(kind, ()), codec)
            counts[kind] = len(rows.get(kind, ()))
        manifest: dict[str, Any] = {
            "format": 1,
            "sequence": self.sequence,
            "as_of": timezone.localtime(self.as_of(self.sequence)).isoformat(),
            "encoding": codec,
            "files": {},
        }
        for kind, content in contents.items():
            name = f"{kind}-{self.sequence}.{'mrc' if kind == 'records' else 'csv'}"
            path = self.incoming / name
            path.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            file = {"name": name, "rows": counts.get(kind, 0), "sha256": digest}
            manifest["files"][kind] = file | (of_files or {}).get(kind, {})
        path = self.incoming / f"snapshot-{self.sequence}.json"
        path.write_text(json.dumps(manifest | (told or {})))
        return path

    def take(self, **options: Any) -> Snapshot | None:
        return in_a_test(take_in, folder=self.incoming, now=timezone.now(), **options)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.incoming.iterdir())
