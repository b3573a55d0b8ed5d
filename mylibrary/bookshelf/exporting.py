"""Shelves as files: a table (CSV) with everything, or one ISBN a line."""

from collections.abc import Iterable

from django.utils import timezone

from mylibrary.bookshelf.lists import headers
from mylibrary.bookshelf.models import ShelfEntry
from staff.exporting import as_csv


def table(entries: Iterable[ShelfEntry]) -> bytes:
    """Return entries as CSV, as `lists.read` understands it."""
    return as_csv([headers(), *map(_cells, entries)], "utf-8")


def isbns(entries: Iterable[ShelfEntry]) -> bytes:
    """Return the first ISBN of each record that has one, a line each, none twice."""
    numbers = dict.fromkeys(entry.record.isbns[0] for entry in entries if entry.record.isbns)
    return "".join(f"{number}\n" for number in numbers).encode()


def _cells(entry: ShelfEntry) -> list[str]:
    record = entry.record
    return [
        *(entry.shelf.label, str(entry.position), str(record), record.authors),
        *(record.publisher, str(record.year or ""), record.isbns[0] if record.isbns else ""),
        *(record.control_number, entry.note),
        f"{timezone.localtime(entry.added_at):%Y-%m-%d}",
    ]
