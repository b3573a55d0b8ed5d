"""Putting a whole list on shelves, and saying of each line what became of it."""

from collections import defaultdict
from typing import NamedTuple

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Record
from mylibrary.bookshelf.lists import Row
from mylibrary.bookshelf.models import Shelf
from mylibrary.bookshelf.services import TooManyShelves, first_shelf, put_all, shelf_named
from patrons.models import Patron


class Outcome(models.TextChoices):
    """What became of a line; the last five leave it to be corrected."""

    PUT = "put", _("入れました")
    THERE = "there", _("もう入っています")
    UNKNOWN = "unknown", _("図書館にありません")
    UNREADABLE = "unreadable", _("ISBNが読み取れません")
    SEVERAL = "several", _("同じISBNの資料がいくつもあります")
    FULL = "full", _("本棚がいっぱいです")
    NO_SHELF = "no_shelf", _("本棚の数がいっぱいです")


DONE = (Outcome.PUT, Outcome.THERE)


class Told(NamedTuple):
    """A line, what became of it, and the record that was found, if one was."""

    row: Row
    outcome: Outcome
    record: Record | None = None


@transaction.atomic
def import_rows(*, patron: Patron, rows: list[Row], shelf: Shelf | None) -> list[Told]:
    """Put what a list names on a shelf, or, where none is given, on those that the list names.

    A line that names no shelf goes to the first. Raises NoSuchShelf and PatronErased.
    """
    found = _find(rows)
    by_shelf: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if len(found[row.line]) == 1:
            by_shelf["" if shelf else row.shelf].append(row)
    told = {row.line: Told(row, _not_found(row, found[row.line])) for row in rows}
    for name, its_rows in by_shelf.items():
        target = shelf or _shelf(patron, name)
        one_of = {row.line: found[row.line][0] for row in its_rows}
        if target is None:
            for row in its_rows:
                told[row.line] = Told(row, Outcome.NO_SHELF, one_of[row.line])
            continue
        before = set(target.entries.values_list("record_id", flat=True))
        wanted = [(one_of[row.line].pk, row.note) for row in its_rows]
        new = put_all(patron=patron, shelf=target, records=wanted)
        for row in its_rows:
            record = one_of[row.line]
            outcome = Outcome.THERE if record.pk in before else Outcome.FULL
            if record.pk in new:
                outcome = Outcome.PUT
                # A second line of the same record.
                before.add(record.pk)
                new.discard(record.pk)
            told[row.line] = Told(row, outcome, record)
    return [told[row.line] for row in rows]


def _find(rows: list[Row]) -> dict[int, list[Record]]:
    """Return the records of each line: by the control number of our own table, else by ISBN."""
    numbers = {row.control_number for row in rows if row.control_number}
    isbns = {row.isbn for row in rows if row.isbn}
    shown = Record.objects.without_keys()
    by_number = {
        record.control_number: record for record in shown.filter(control_number__in=numbers)
    }
    by_isbn: dict[str, list[Record]] = defaultdict(list)
    for record in shown.present().filter(isbns__overlap=list(isbns)) if isbns else ():
        for isbn in isbns.intersection(record.isbns):
            by_isbn[isbn].append(record)
    return {
        row.line: [by_number[row.control_number]]
        if row.control_number in by_number
        else by_isbn.get(row.isbn, [])
        for row in rows
    }


def _not_found(row: Row, records: list[Record]) -> Outcome:
    if records:
        return Outcome.SEVERAL
    return Outcome.UNKNOWN if row.isbn or row.control_number else Outcome.UNREADABLE


def _shelf(patron: Patron, name: str) -> Shelf | None:
    if not name:
        return first_shelf(patron=patron)
    try:
        return shelf_named(patron=patron, name=name)
    except TooManyShelves:
        return None
