"""`estimate_weights`: make the table of weights from labelled pairs of records."""

import csv
import hashlib
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterator
from math import log2
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from patrons.matching.duplicates import Applicant
from patrons.matching.weights import FIELDS, TABLE, UNKNOWN, compare

# So much is added to each count: what never happened among the pairs is not impossible.
SMOOTHING = 0.5
# A level that so few pairs have weighs nothing.
FEWEST = 10
# No field decides alone.
MOST = 18.0
Counts = dict[tuple[str, str], float]


class Command(BaseCommand):
    """Run after a change of the levels of agreement or of the pairs; the result is committed."""

    help = (
        "Estimate what each level of agreement weighs from labelled pairs and write the table."
        " The file has the columns same_person (yes, no), stands_for (how many pairs) and, with _1"
        " and _2, name, kana, birth_date, postal_code, address, phone, email; `python -m"
        " bench.pairs` makes one of generated data."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pairs", type=Path)
        parser.add_argument("--source", default="generated data (bench.pairs)")
        parser.add_argument("--output", type=Path, default=TABLE)

    def handle(self, *args: Any, **options: Any) -> None:
        counts: dict[bool, Counts] = {True: defaultdict(float), False: defaultdict(float)}
        seen: Counter[tuple[str, str]] = Counter()
        path: Path = options["pairs"]
        pairs = 0
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                pairs += 1
                agreement = compare(_person(row, "1"), _person(row, "2"))
                for name in FIELDS:
                    level = getattr(agreement, name)
                    seen[name, level] += 1
                    counts[row["same_person"] == "yes"][name, level] += float(row["stands_for"])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        lines = [
            f"# Made by manage.py estimate_weights from {pairs} pairs: {options['source']},",
            f"# sha256 {digest}. m: of one person's pairs; u: of two people's; weight: log2(m/u)",
            "# field\tlevel\tm\tu\tweight",
            *_table(counts, seen),
        ]
        options["output"].write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.stdout.write("\n".join(lines))


def _person(row: dict[str, str], side: str) -> Applicant:
    last_name, _, first_name = row[f"kana_{side}"].partition("　")
    names = ("name", "birth_date", "address", "postal_code", "phone", "email")
    return Applicant(
        issuer="",
        subject="",
        last_name_kana=last_name,
        first_name_kana=first_name,
        contact_method="",
        **{name: row[f"{name}_{side}"] for name in names},
    )


def _table(counts: dict[bool, Counts], seen: Counter[tuple[str, str]]) -> Iterator[str]:
    for name, levels in FIELDS.items():
        # What a record lacks says nothing, so it is no level.
        known = [level for level in levels if level != UNKNOWN and seen[name, level] >= FEWEST]
        shares = {
            same: {level: counts[same][name, level] + SMOOTHING for level in known}
            for same in (True, False)
        }
        sums = {same: sum(found.values()) for same, found in shares.items()}
        for level in known:
            m, u = (shares[same][level] / sums[same] for same in (True, False))
            weight = min(max(log2(m / u), -MOST), MOST)
            yield f"{name}\t{level}\t{m:.3g}\t{u:.3g}\t{weight:.2f}"
