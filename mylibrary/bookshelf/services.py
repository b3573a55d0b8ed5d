"""Every write to a patron's shelves.

Each locks the patron first: so positions have no gap, limits hold, and nothing is put on a shelf
while the patron is erased, whatever other browsers do. Nothing of it is recorded: what somebody
reads is nobody's business.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import Record
from mylibrary.bookshelf.models import (
    MAXIMUM_ENTRIES,
    MAXIMUM_SHELVES,
    Shelf,
    ShelfEntry,
    default_label,
)
from patrons.models import Patron
from patrons.services import lock_for_change


class NoSuchShelf(Exception):
    """The patron has no such shelf, or no longer."""


class NoSuchEntry(Exception):
    """Nothing stands there, or no longer."""


class NoSuchRecord(Exception):
    """The library has no such record, or no longer."""


class ShelfFull(Exception):
    """A shelf takes no more; `shelf` is that one."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self.shelf = shelf


class AlreadyThere(Exception):
    """The other shelf, `shelf`, has the record."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self.shelf = shelf


class TooManyShelves(Exception):
    """The patron has as many shelves as there may be."""


class NameTaken(Exception):
    """Another shelf of the patron's has that name."""


class Put(NamedTuple):
    """An entry, and whether it is new: otherwise it was there already."""

    entry: ShelfEntry
    is_new: bool


class Taken(NamedTuple):
    """What was taken from a shelf, as it has to be known to put it back."""

    shelf_id: int
    record: Record
    position: int
    note: str
    added_at: datetime


@transaction.atomic
def create_shelf(*, patron: Patron, name: str) -> Shelf:
    """Make a shelf; raises TooManyShelves, NameTaken and PatronErased."""
    stored = lock_for_change(patron=patron)
    if Shelf.objects.of(stored).count() >= MAXIMUM_SHELVES:
        raise TooManyShelves
    _refuse_taken(stored, name)
    return Shelf.objects.create(patron=stored, name=name)


@transaction.atomic
def rename_shelf(*, patron: Patron, shelf_id: int, name: str) -> Shelf:
    """Call a shelf something else; raises NoSuchShelf, NameTaken and PatronErased."""
    stored = lock_for_change(patron=patron)
    shelf = _shelf(stored, shelf_id)
    _refuse_taken(stored, name, but=shelf)
    shelf.name = name
    shelf.save(update_fields=["name"])
    return shelf


@transaction.atomic
def delete_shelf(*, patron: Patron, shelf_id: int) -> Shelf:
    """Delete a shelf with all that stands on it; raises NoSuchShelf and PatronErased."""
    shelf = _shelf(lock_for_change(patron=patron), shelf_id)
    # What is shown of it afterwards is its name.
    Shelf.objects.filter(pk=shelf.pk).delete()
    return shelf


@transaction.atomic
def put(*, patron: Patron, record_id: int, shelf_id: int | None = None) -> Put:
    """Put a record at the end of a shelf, or of the first, where it stands on none yet.

    Raises NoSuchRecord, NoSuchShelf, ShelfFull and PatronErased.
    """
    stored = lock_for_change(patron=patron)
    record = Record.objects.present().without_keys().filter(pk=record_id).first()
    if record is None:
        raise NoSuchRecord
    shelf = _shelf(stored, shelf_id) if shelf_id else None
    there = ShelfEntry.objects.of(stored).filter(record=record).select_related("shelf")
    found = (there.filter(shelf=shelf) if shelf else there).first()
    if found:
        return Put(found, is_new=False)
    return Put(_append(shelf or first_shelf(patron=stored), record), is_new=True)


@transaction.atomic
def change_entry(
    *, patron: Patron, entry_id: int, note: str, shelf_id: int, position: int
) -> ShelfEntry:
    """Write another note, and let an entry stand elsewhere: at the end where it changes the shelf.

    A position beyond the last is the last. Raises NoSuchEntry, NoSuchShelf, ShelfFull, AlreadyThere
    and PatronErased.
    """
    stored = lock_for_change(patron=patron)
    entry = _entry(stored, entry_id)
    entry.note = note
    entry.save(update_fields=["note"])
    if shelf_id == entry.shelf_id:
        _place(entry, position)
        return entry
    shelf = _shelf(stored, shelf_id)
    if shelf.entries.filter(record=entry.record_id).exists():
        raise AlreadyThere(shelf)
    end = _room(shelf)
    _close_gap(entry)
    entry.shelf, entry.position = shelf, end
    entry.save(update_fields=["shelf", "position"])
    return entry


@transaction.atomic
def step(*, patron: Patron, entry_id: int, up: bool) -> ShelfEntry:
    """Let an entry change places with its neighbour; the first and the last stay where they are.

    Raises NoSuchEntry and PatronErased.
    """
    entry = _entry(lock_for_change(patron=patron), entry_id)
    _place(entry, entry.position - 1 if up else entry.position + 1)
    return entry


@transaction.atomic
def take(*, patron: Patron, entry_id: int) -> Taken:
    """Take something from a shelf; raises NoSuchEntry and PatronErased."""
    entry = _entry(lock_for_change(patron=patron), entry_id)
    taken = Taken(entry.shelf_id, entry.record, entry.position, entry.note, entry.added_at)
    _close_gap(entry)
    entry.delete()
    return taken


@transaction.atomic
def put_back(
    *,
    patron: Patron,
    shelf_id: int,
    record_id: int,
    position: int,
    note: str,
    added_at: datetime,
) -> ShelfEntry:
    """Undo `take`, also for a record that the library has no longer.

    What was put there again meanwhile stays as it is. Raises NoSuchShelf, NoSuchRecord, ShelfFull
    and PatronErased.
    """
    shelf = _shelf(lock_for_change(patron=patron), shelf_id)
    if found := shelf.entries.filter(record_id=record_id).first():
        return found
    record = Record.objects.without_keys().filter(pk=record_id).first()
    if record is None:
        raise NoSuchRecord
    entry = _append(shelf, record, note=note, added_at=min(added_at, timezone.now()))
    _place(entry, position)
    return entry


@transaction.atomic
def put_all(*, patron: Patron, shelf: Shelf, records: Iterable[tuple[int, str]]) -> set[int]:
    """Put many records, each with a note, at the end of a shelf, as many as it takes.

    The shelf comes from `shelf_named` or `first_shelf`; returns the ids of those that were put.
    Raises NoSuchShelf and PatronErased.
    """
    shelf = _shelf(lock_for_change(patron=patron), shelf.pk)
    there = set(shelf.entries.values_list("record_id", flat=True))
    wanted: dict[int, str] = {}
    for pk, note in records:
        if pk not in there:
            wanted.setdefault(pk, note)
    entries = [
        ShelfEntry(shelf=shelf, record_id=pk, note=note, position=position)
        for position, (pk, note) in enumerate(wanted.items(), len(there) + 1)
        if position <= MAXIMUM_ENTRIES
    ]
    ShelfEntry.objects.bulk_create(entries)
    return {entry.record_id for entry in entries}


@transaction.atomic
def first_shelf(*, patron: Patron) -> Shelf:
    """Return the shelf that takes what is put on no other, made where there is none yet.

    Raises PatronErased.
    """
    stored = lock_for_change(patron=patron)
    return Shelf.objects.of(stored).first() or Shelf.objects.create(patron=stored)


@transaction.atomic
def shelf_named(*, patron: Patron, name: str) -> Shelf:
    """Return the shelf of that name, made where there is none; raises what `create_shelf` does."""
    stored = lock_for_change(patron=patron)
    for shelf in Shelf.objects.of(stored):
        if name in (shelf.name, shelf.label):
            return shelf
    if name == default_label() and not Shelf.objects.of(stored).exists():
        return first_shelf(patron=stored)
    return create_shelf(patron=stored, name=name)


def _refuse_taken(patron: Patron, name: str, *, but: Shelf | None = None) -> None:
    if any(shelf != but and shelf.label == name for shelf in Shelf.objects.of(patron)):
        raise NameTaken


def _shelf(patron: Patron, shelf_id: int) -> Shelf:
    shelf = Shelf.objects.of(patron).filter(pk=shelf_id).first()
    if shelf is None:
        raise NoSuchShelf
    return shelf


def _entry(patron: Patron, entry_id: int) -> ShelfEntry:
    entry = ShelfEntry.objects.of(patron).with_record().filter(pk=entry_id).first()
    if entry is None:
        raise NoSuchEntry
    return entry


def _room(shelf: Shelf) -> int:
    """Return the position behind the last; raises ShelfFull."""
    count = shelf.entries.count()
    if count >= MAXIMUM_ENTRIES:
        raise ShelfFull(shelf)
    return count + 1


def _append(
    shelf: Shelf, record: Record, *, note: str = "", added_at: datetime | None = None
) -> ShelfEntry:
    return ShelfEntry.objects.create(
        shelf=shelf,
        record=record,
        position=_room(shelf),
        note=note,
        added_at=added_at or timezone.now(),
    )


def _close_gap(entry: ShelfEntry) -> None:
    later = ShelfEntry.objects.filter(shelf=entry.shelf_id, position__gt=entry.position)
    later.update(position=F("position") - 1)


def _place(entry: ShelfEntry, position: int) -> None:
    """Let an entry stand at a position of its shelf, the nearest that there is."""
    others = ShelfEntry.objects.filter(shelf=entry.shelf_id)
    position = max(1, min(position, others.count()))
    if position < entry.position:
        between = others.filter(position__gte=position, position__lt=entry.position)
        between.update(position=F("position") + 1)
    elif position > entry.position:
        between = others.filter(position__gt=entry.position, position__lte=position)
        between.update(position=F("position") - 1)
    else:
        return
    entry.position = position
    entry.save(update_fields=["position"])
