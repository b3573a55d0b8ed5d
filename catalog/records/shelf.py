"""Records as they stand on a shelf, cover beside cover."""

from typing import NamedTuple

from catalog.models import Record


class Standing(NamedTuple):
    """What a shelf shows of a record; `cover` is the address of its picture."""

    pk: int
    title: str
    lang: str
    authors: str
    cover: str


def standing(record: Record) -> Standing:
    return Standing(record.pk, str(record), record.lang, record.authors, record.cover)
