"""The library system's file as blocks of whole records, in bounded memory.

A block ends at a line end outside quotes, which is found in bytes: neither UTF-8 nor CP932 has a
quote or a line end inside another character. UTF-16, which spreadsheet programs write, is read as
UTF-8.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from characters.text import without_unseen
from patrons.transfer import encoding
from patrons.transfer.columns import DELIMITERS, REQUIRED, Field, Mapping, comparable

BLOCK_BYTES = 1 << 20
# Nobody's record is as long; a quote that is never closed ends here as well.
MAX_RECORD_BYTES = 1 << 16
BOM = codecs.BOM_UTF8
# Not that of UTF-32, which begins with that of UTF-16.
_UTF16_BOM = re.compile(rb"\xfe\xff|\xff\xfe(?!\0\0)")
# MS-DOS's sign of a file's end, which programs of that time still write; some fill up with more.
END_SIGN = b"\x1a"
MAX_QUOTED = 60


class FileRefused(Exception):
    """The file was not read to its end; nothing was changed.

    `code` is one of `patrons.transfer.report.REFUSALS`; `line` is where, counted from 1, where that
    is known; `detail` names headers, the number of rows, or what was found.
    """

    def __init__(self, code: str, line: int | None = None, detail: str = "") -> None:
        super().__init__(f"{code} {line or ''} {detail}".strip())
        self.code, self.line, self.detail = code, line, detail


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the lines of one file are read: codec, delimiter, and where each field stands.

    `codec` is that of the blocks: "utf-8" where the file is in UTF-16. `ignored` are the headers
    of columns that the mapping does not list.
    """

    codec: str
    delimiter: str
    width: int
    positions: dict[Field, int]
    ignored: tuple[str, ...]
    start: int
    utf16: bool = False

    @property
    def encoding(self) -> str:
        """Return what the file is written in, as staff know it."""
        return "UTF-16" if self.utf16 else self.codec.upper()


class Block(NamedTuple):
    """Whole records as bytes; `first_line` is the number of the first in the file."""

    first_line: int
    data: bytes


class Readable(Protocol):
    """What blocks are read from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Utf16AsUtf8:
    """Reads a stream in UTF-16, of either byte order, as UTF-8; `text` is what decodes it."""

    def __init__(self, stream: BinaryIO, text: TextIOWrapper) -> None:
        self._stream, self._text = stream, text

    def read(self, size: int = -1, /) -> bytes:
        return self._encoded(self._text.read, size)

    def readline(self, size: int = -1, /) -> bytes:
        return self._encoded(self._text.readline, size)

    def tell(self) -> int:
        return self._stream.tell()

    @staticmethod
    def _encoded(read: Callable[[int], str], size: int) -> bytes:
        try:
            return read(size).encode()
        except UnicodeDecodeError as error:
            is_cut = error.reason == "truncated data"
            raise FileRefused("cut_off" if is_cut else "encoding", detail="UTF-16") from None


def read_layout(path: Path, mapping: Mapping) -> Layout:
    """Read encoding and headers; raises FileRefused, and OSError where the file is not readable."""
    codec, utf16, start = "utf-8", False, 0
    with path.open("rb") as stream:
        head = stream.read(4)
        if head.startswith(BOM):
            start = len(BOM)
        elif _UTF16_BOM.match(head):
            utf16 = True
        else:
            stream.seek(0)
            codec = _codec(stream, mapping.encoding)
    with _open(path, utf16=utf16) as stream:
        if start:
            stream.seek(start)
        line = stream.readline(MAX_RECORD_BYTES)
        start = stream.tell()
    if not line:
        raise FileRefused("empty")
    if b"\0" in line:
        raise FileRefused("encoding", 1, "UTF-16（BOM なし）か、文字でないファイルのようです")
    if b"\x1b$" in line:
        raise FileRefused("encoding", 1, "JIS（ISO-2022-JP）のようです")
    if not line.endswith(b"\n"):
        too_long = "record_too_long" if len(line) == MAX_RECORD_BYTES else "empty"
        raise FileRefused("line_ends" if b"\r" in line else too_long, 1)
    try:
        text = without_unseen(line.decode(codec))
    except UnicodeDecodeError as error:
        raise undecodable(error, 1) from None
    delimiter, headers, positions = _headers(text, mapping)
    return Layout(
        codec=codec,
        delimiter=delimiter,
        width=len(headers),
        positions=positions,
        ignored=tuple(h for i, h in enumerate(headers) if i not in positions.values()),
        start=start,
        utf16=utf16,
    )


@contextmanager
def open_rows(path: Path, layout: Layout) -> Iterator[Any]:
    """Open a file for `blocks`, behind the headers; `tell` is in bytes of the file."""
    with _open(path, utf16=layout.utf16) as stream:
        if layout.utf16:
            stream.readline()
        else:
            stream.seek(layout.start)
        yield stream


def blocks(
    stream: Readable, *, delimiter: str = ",", accept_cut_off: bool = False
) -> Iterator[Block]:
    """Yield what follows the headers, where the stream stands; raises FileRefused.

    Where MS-DOS's sign ends the file, it stands in a line of its own at the end of the last block.
    """
    records = _records(delimiter)
    line, rest = 2, b""
    while chunk := stream.read(BLOCK_BYTES):
        data = rest + chunk
        # Without a quote every line end is one of a record.
        whole = records.match(data) if b'"' in data else None
        end = whole.end() if whole else data.rfind(b"\n") + 1
        rest = data[end:]
        if end:
            yield Block(first_line=line, data=data[:end])
            line += data.count(b"\n", 0, end)
        if len(rest) > MAX_RECORD_BYTES:
            raise FileRefused("quotes" if b"\n" in rest else "record_too_long", line)
    if not rest:
        return
    # Zeros may fill up the last sector behind the sign.
    before = rest.rstrip(END_SIGN + b"\0")
    ended = END_SIGN in rest[len(before) :]
    if ended:
        rest = before + b"\n" if before else b""
    if b'"' in rest and not records.fullmatch(rest.removesuffix(b"\n") + b"\n"):
        raise FileRefused("quotes", line)
    if not ended and not accept_cut_off:
        raise FileRefused("cut_off", line)
    yield Block(first_line=line, data=rest + END_SIGN + b"\n" if ended else rest)


def undecodable(error: UnicodeDecodeError, first_line: int) -> FileRefused:
    """Return why UTF-8 that begins at a line cannot be read, and where."""
    line = first_line + error.object.count(b"\n", 0, error.start)
    if not encoding.is_cut(error):
        return FileRefused("encoding", line)
    byte = error.start - error.object.rfind(b"\n", 0, error.start)
    return FileRefused("cut_character", line, f"{byte} バイト目")


def csv_refusal(error: csv.Error, line: int) -> FileRefused:
    lone_cr = str(error).startswith("new-line character")
    return FileRefused("line_ends" if lone_cr else "quotes", line)


@contextmanager
def _open(path: Path, *, utf16: bool) -> Iterator[Any]:
    with path.open("rb") as stream:
        if not utf16:
            yield stream
            return
        # No line end but LF, and none is translated.
        with TextIOWrapper(stream, "utf-16", newline="\n") as text:
            yield Utf16AsUtf8(stream, text)


def _records(delimiter: str) -> re.Pattern[bytes]:
    """Return what whole records look like to the csv module: a quote within a cell is a sign."""
    sign = re.escape(delimiter.encode())
    cell = rb'(?:"[^"]*+(?:""[^"]*+)*+"[^\n%b]*+|(?!")[^\n%b]*+)' % (sign, sign)
    return re.compile(rb"(?:%b(?:%b%b)*+\n)*+" % (cell, sign, cell))


def _headers(text: str, mapping: Mapping) -> tuple[str, list[str], dict[Field, int]]:
    """Return the delimiter that shows the required headers, all headers, and where fields stand.

    The mapping's delimiter comes first; the headers tell another one for certain.
    """
    others = [delimiter for delimiter in DELIMITERS if delimiter != mapping.delimiter]
    for delimiter in (mapping.delimiter, *others):
        try:
            headers = next(csv.reader([text], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if delimiter == mapping.delimiter:
                raise csv_refusal(error, 1) from None
            continue
        found: dict[str, int] = {}
        for position, header in enumerate(headers):
            found.setdefault(comparable(header), position)
        positions = {}
        for field, alternatives in mapping.columns.items():
            keys = map(comparable, alternatives)
            if (key := next((key for key in keys if key in found), None)) is not None:
                positions[field] = found[key]
        missing = [mapping.columns[field][0] for field in REQUIRED if field not in positions]
        if not missing:
            for position, header in enumerate(headers):
                if found[comparable(header)] != position and header.strip():
                    raise FileRefused("twice", 1, header)
            return delimiter, headers, positions
        if delimiter == mapping.delimiter:
            refusal = FileRefused("missing_columns", 1, "、".join(missing))
            if not positions:
                refusal = FileRefused("no_headers", 1, _quoted(headers))
    raise refusal


def _quoted(headers: list[str]) -> str:
    """Return what stands in the first line, unless that may be a patron."""
    shown = [header for header in headers if header.strip()]
    if len(shown) > 1 and any(c.isdigit() for header in shown for c in header):
        return "利用者の行のようです"
    text = "".join(c for c in "、".join(shown) if c.isprintable())
    return f"「{text[:MAX_QUOTED]}{'…' if len(text) > MAX_QUOTED else ''}」"


def _codec(stream: BinaryIO, wanted: str) -> str:
    """Return the file's codec, by its first characters that are not ASCII."""
    if wanted != "auto":
        return wanted
    line = 1
    while (data := stream.read(BLOCK_BYTES)).isascii():
        if not data:
            return "utf-8"
        line += data.count(b"\n")
    told = encoding.told_by(data)
    if told in ("utf-8", "cp932"):
        return told
    first = next(position for position, byte in enumerate(data) if byte > 0x7F)
    line += data.count(b"\n", 0, first)
    raise FileRefused("encoding", line, f"{told} のようです" if told else "")
