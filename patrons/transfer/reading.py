"""The library system's file as blocks of whole records, in bounded memory.

A block ends at a line end outside quotes. That is told by the number of quotes before it, in bytes:
neither UTF-8 nor CP932 has a quote or a line end inside another character.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from patrons.transfer.columns import REQUIRED, Field, Mapping, comparable

BLOCK_BYTES = 1 << 20
# Nobody's record is as long; a quote that is never closed ends here as well.
MAX_RECORD_BYTES = 1 << 16
BOM = codecs.BOM_UTF8


class FileRefused(Exception):
    """The file was not read to its end; nothing was changed.

    `code` is one of `patrons.transfer.report.REFUSALS`; `line` is where, counted from 1, where that
    is known; `detail` names headers, or the number of rows.
    """

    def __init__(self, code: str, line: int | None = None, detail: str = "") -> None:
        super().__init__(f"{code} {line or ''} {detail}".strip())
        self.code, self.line, self.detail = code, line, detail


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the lines of one file are read: codec, delimiter, and where each field stands.

    `ignored` are the headers of columns that the mapping does not list.
    """

    codec: str
    delimiter: str
    width: int
    positions: dict[Field, int]
    ignored: tuple[str, ...]
    start: int


class Block(NamedTuple):
    """Whole records as bytes; `first_line` is the number of the first in the file."""

    first_line: int
    data: bytes


def read_layout(path: Path, mapping: Mapping) -> Layout:
    """Read encoding and headers; raises FileRefused, and OSError where the file is not readable."""
    with path.open("rb") as stream:
        start = len(BOM) if stream.read(len(BOM)) == BOM else 0
        stream.seek(start)
        codec = "utf-8" if start else _codec(stream, mapping.encoding)
        stream.seek(start)
        line = stream.readline(MAX_RECORD_BYTES)
        start = stream.tell()
    if not line:
        raise FileRefused("empty")
    if b"\0" in line:
        # UTF-16, or no text.
        raise FileRefused("encoding", 1)
    if not line.endswith(b"\n"):
        too_long = "record_too_long" if len(line) == MAX_RECORD_BYTES else "empty"
        raise FileRefused("line_ends" if b"\r" in line else too_long, 1)
    try:
        reader = csv.reader([line.decode(codec)], delimiter=mapping.delimiter, strict=True)
        headers = next(reader, [])
    except UnicodeDecodeError:
        raise FileRefused("encoding", 1) from None
    except csv.Error:
        raise FileRefused("quotes", 1) from None
    found: dict[str, int] = {}
    for position, header in enumerate(headers):
        if found.setdefault(comparable(header), position) != position and header.strip():
            raise FileRefused("twice", 1, header)
    positions = {}
    for field, alternatives in mapping.columns.items():
        keys = map(comparable, alternatives)
        if (key := next((key for key in keys if key in found), None)) is not None:
            positions[field] = found[key]
    if missing := [mapping.columns[field][0] for field in REQUIRED if field not in positions]:
        raise FileRefused("missing_columns", 1, "、".join(missing))
    return Layout(
        codec=codec,
        delimiter=mapping.delimiter,
        width=len(headers),
        positions=positions,
        ignored=tuple(h for i, h in enumerate(headers) if i not in positions.values()),
        start=start,
    )


def blocks(stream: BinaryIO, *, accept_cut_off: bool = False) -> Iterator[Block]:
    """Yield what follows the headers, where the stream stands; raises FileRefused."""
    line, rest = 2, b""
    while chunk := stream.read(BLOCK_BYTES):
        data = rest + chunk
        end = _end_of_records(data)
        rest = data[end:]
        if end:
            yield Block(first_line=line, data=data[:end])
            line += data.count(b"\n", 0, end)
        if len(rest) > MAX_RECORD_BYTES:
            raise FileRefused("quotes" if b"\n" in rest else "record_too_long", line)
    if not rest:
        return
    if rest.count(b'"') % 2:
        raise FileRefused("quotes", line)
    if not accept_cut_off:
        raise FileRefused("cut_off", line)
    yield Block(first_line=line, data=rest)


def _end_of_records(data: bytes) -> int:
    end = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, end)
    while end and quotes % 2:
        before = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end


def _codec(stream: BinaryIO, encoding: str) -> str:
    """Return the file's codec, by its first characters that are not ASCII."""
    if encoding != "auto":
        return encoding
    line = 1
    while (data := stream.read(BLOCK_BYTES)).isascii():
        if not data:
            return "utf-8"
        line += data.count(b"\n")
    reached = {}
    for codec in ("utf-8", "cp932"):
        try:
            # A character may be cut at the block's end.
            codecs.getincrementaldecoder(codec)().decode(data)
            return codec
        except UnicodeDecodeError as error:
            reached[codec] = error.start
    raise FileRefused("encoding", line + data.count(b"\n", 0, max(reached.values())))
