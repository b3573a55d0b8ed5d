"""Lists of works as people have them: one ISBN a line, or a table (CSV) whose headers say where.

Ours, those of other services, and what somebody typed. Tables may be parted by commas, tabs or
semicolons. A line without an ISBN is kept as it was, to be shown again.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext, override

from catalog.search.folding import isbn13
from characters.text import is_visible, one_line
from mylibrary.bookshelf.models import MAXIMUM_NAME, MAXIMUM_NOTE
from patrons.transfer.encoding import told_by
from staff.files import unguard

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# An ISBN among other words, in its usual groups.
_ISBN = re.compile(r"97[89](?:[ -]?[0-9]){10}|[0-9](?:[ -]?[0-9]){8}[ -]?[0-9Xx]")
# What a column of ISBNs is called: ISBN, ISBN-13, 13桁ISBN.
_IS_ISBN = re.compile(r"[^0-9]{0,9}(?:1[03])?[^0-9]{0,9}isbn[^0-9]{0,9}(?:1[03])?[^0-9]{0,9}")
_AROUND = " \t\u3000\"'="


class Row(NamedTuple):
    """A line of a list: as it was, and what was understood of it, "" where nothing was."""

    line: int
    text: str
    isbn: str
    control_number: str = ""
    note: str = ""
    shelf: str = ""


class Table(NamedTuple):
    """The rows of a list, and the line of headers before them, "" where there was none."""

    header: str
    rows: list[Row]


class _Columns(NamedTuple):
    isbns: list[int]
    control_number: int | None
    note: int | None
    shelf: int | None


def decoded(data: bytes) -> str | None:
    """Return the text of a file in UTF-8, UTF-16, CP932 or EUC-JP; None for anything else."""
    codec = "utf-16" if data.startswith(_UTF16) else told_by(data)
    if not codec or (b"\0" in data and codec != "utf-16"):
        return None
    return data.decode(codec, "replace").removeprefix("\ufeff")


def read(text: str) -> Table:
    """Return the rows of a list; empty lines, and only they, are left out."""
    text = text.replace("\0", "")
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    with suppress(csv.Error):
        if columns := _columns(next(csv.reader([first], delimiter=delimiter), [])):
            return Table(first, list(_of_table(text, delimiter, columns)))
    rows = (
        Row(number, line.strip(), _isbn_in(re.split(r"[,\t;]", line)))
        for number, line in enumerate(lines, 1)
        if line.strip().strip(_AROUND + ",;")
    )
    return Table("", list(rows))


def headers() -> list[str]:
    """Return the headers of our own table, in the reader's language."""
    return [
        *(gettext("本棚"), gettext("順番"), gettext("書名"), gettext("著者など")),
        *(gettext("出版者"), gettext("出版年"), "ISBN", gettext("書誌番号"), gettext("メモ")),
        gettext("入れた日"),
    ]


def _columns(cells: Sequence[str]) -> _Columns | None:
    """Return what stands where, by headers; None where these are none."""
    names = [_name(cell) for cell in cells]
    isbns = [at for at, name in enumerate(names) if _IS_ISBN.fullmatch(name)]
    numbers = _place(names, "書誌番号")  # not shown
    # A line that begins so may have an ISBN of its own: then it is no header.
    if (not isbns and numbers is None) or _isbn_in(cells):
        return None
    note, shelf = _place(names, "メモ"), _place(names, "本棚")  # not shown
    return _Columns(isbns, numbers, note, shelf)


def _place(names: Sequence[str], header: str) -> int | None:
    known = set()
    for language, _ in settings.LANGUAGES:
        with override(language):
            known.add(_name(gettext(header)))
    return next((at for at, name in enumerate(names) if name in known), None)


def _name(cell: str) -> str:
    return re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", cell).casefold())


def _of_table(text: str, delimiter: str, columns: _Columns) -> Iterator[Row]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    filled = (cells for cells in reader if any(cell.strip() for cell in cells))
    next(filled)
    for cells in filled:
        yield Row(
            reader.line_num,
            _written(cells, delimiter),
            _isbn_in(_at(cells, place) for place in columns.isbns),
            _at(cells, columns.control_number),
            _at(cells, columns.note)[:MAXIMUM_NOTE],
            _shelf_name(_at(cells, columns.shelf)),
        )


def _at(cells: Sequence[str], place: int | None) -> str:
    return unguard(cells[place]).strip() if place is not None and place < len(cells) else ""


def _shelf_name(cell: str) -> str:
    name = one_line(cell)[:MAXIMUM_NAME].strip()
    return name if is_visible(name) else ""


def _written(cells: Sequence[str], delimiter: str) -> str:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue()


def _isbn_in(cells: Iterable[str]) -> str:
    """Return the first ISBN of cells, alone or among other words."""
    for cell in cells:
        plain = cell.strip(_AROUND)
        if number := isbn13(plain):
            return number
        for found in _ISBN.findall(unicodedata.normalize("NFKC", plain)):
            if number := isbn13(found):
                return number
    return ""
