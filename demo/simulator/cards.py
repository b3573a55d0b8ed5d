"""The simulator's test cards: people who do not exist, one for each case that matters."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is handed out about somebody; `birthdate` as YYYYMMDD, unknown parts 00."""

    subject: str
    name: str
    birthdate: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Card(Person):
    """A card of `cards.tsv`, and whether its address may register."""

    key: str
    eligible: bool
    note: str


def subject_of(seed: str) -> str:
    """Return a stable, opaque subject, as a pairwise identifier would look."""
    return hashlib.sha256(f"simulated subject {seed}".encode()).hexdigest()[:36]


def _cards() -> dict[str, Card]:
    lines = Path(__file__).with_name("cards.tsv").read_text(encoding="utf-8").splitlines()
    return {
        row["key"]: Card(
            **row | {"subject": subject_of(row["key"]), "eligible": row["eligible"] == "yes"}
        )
        for row in csv.DictReader(lines, delimiter="\t")
    }


CARDS = _cards()
DEFAULT_CARD = "oita-taro"
