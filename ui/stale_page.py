"""Recognising a form that was sent from a page which shows something else than what is stored now.

The page sends along a keyed digest of what it shows, its mark. Where one browser may have pages of
several records open, the record's id stands before it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.utils.crypto import salted_hmac

FIELD = "shown"
LENGTH = 20
ID_LENGTH = 36


class Shown(NamedTuple):
    """What a page showed: the mark, and of which record; each "" where the page does not say."""

    mark: str
    record: str = ""

    @classmethod
    def sent(cls, data: Mapping[str, str]) -> "Shown":
        record, _, mark = data.get(FIELD, "").rpartition(".")
        return cls(mark[:LENGTH], record[:ID_LENGTH])

    def __str__(self) -> str:
        return f"{self.record}.{self.mark}" if self.record else self.mark


def mark_of(page: str, shown: Iterable[object]) -> str:
    """Return the digest of what a page of that name shows."""
    text = "\x1f".join(str(part) for part in shown)
    return salted_hmac(f"shown.{page}", text, algorithm="sha256").hexdigest()[:LENGTH]
