"""What a patron's shelves tell about the patron: told in full, erased with the patron."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from mylibrary.bookshelf.models import Shelf, ShelfEntry
from patrons.models import Patron
from patrons.personal_data_registry import (
    NOTHING,
    Datum,
    Handling,
    Provider,
    Section,
    column,
    register,
)
from ui.pages import beside


def sections(patron: Patron) -> Iterator[Section]:
    """Tell each shelf with everything on it."""
    on_shelves: dict[int, list[ShelfEntry]] = {}
    for entry in ShelfEntry.objects.of(patron).with_record():
        on_shelves.setdefault(entry.shelf_id, []).append(entry)
    yield Section(
        key="bookshelf",
        title=_("My本棚"),
        records=tuple(
            (
                column(shelf, "name", shelf.label),
                column(shelf, "created_at"),
                _entries(on_shelves.get(shelf.pk, [])),
            )
            for shelf in Shelf.objects.of(patron)
        ),
        headings=("name",),
    )


def erase(patron: Patron) -> None:
    """Delete the shelves and what stands on them."""
    Shelf.objects.of(patron).delete()


def _entries(entries: list[ShelfEntry]) -> Datum:
    told = [
        {
            "position": entry.position,
            "title": str(entry.record),
            "authors": entry.record.authors,
            "control_number": entry.record.control_number,
            "note": entry.note,
            "added_at": entry.added_at,
        }
        for entry in entries
    ]
    lines = (beside(*filter(None, (str(one["title"]), str(one["note"])))) for one in told)
    return Datum("entries", _("入れた資料とメモ"), told, "\n".join(lines) or NOTHING)


register(Provider(models={Shelf: Handling()}, sections=sections, erase=erase))
