"""MARC records one after the other from a file of any size: ISO 2709 or MARCXML, in UTF-8.

ISO 2709: each record says its length, and ends with 1D. A record that does not is passed over to
the next end; what another program counts is what is counted here, broken ones included.
"""

import csv
import mmap
import xml.sax
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.sax.handler import LexicalHandler, feature_namespaces, property_lexical_handler

from pymarc import Record as MarcRecord
from pymarc.exceptions import PymarcException
from pymarc.marcxml import XmlHandler

from catalog.importing.marc import RecordRejected

END = 0x1D
LEADER = 24
CHUNK = 1 << 16
ITEM_COLUMNS = ("control_number", "number", "branch", "shelf", "call_number", "state", "material")
REQUIRED_COLUMNS = {"control_number", "number", "branch"}


class FileRefused(Exception):
    """The file as a whole cannot be read; nothing was changed."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class Found(NamedTuple):
    """A record or why it is none, counted from 1; `share` says how far the file is read."""

    position: int
    record: MarcRecord | RecordRejected
    share: float


def records(path: Path) -> Iterator[Found]:
    """Yield what stands in a file; raises FileRefused, and OSError where there is none."""
    with path.open("rb") as stream:
        start = stream.read(CHUNK)
        if not start.strip():
            raise FileRefused("empty")
        if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            stream.seek(0)
            yield from _from_xml(stream, path.stat().st_size)
            return
        if not start.lstrip()[:5].isdigit():
            raise FileRefused("not_marc", start.lstrip()[:20].decode("ascii", "backslashreplace"))
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield from _from_iso2709(data)


def _from_iso2709(data: mmap.mmap) -> Iterator[Found]:
    at, position, size = 0, 0, len(data)
    while True:
        while at < size and data[at] in b"\r\n \0\x1a":
            at += 1
        if at >= size:
            return
        position += 1
        head = data[at : at + 5]
        told = at + int(head) if head.isdigit() and int(head) > LEADER else 0
        found: MarcRecord | RecordRejected
        if told and told <= size and data[told - 1] == END:
            found, at = _decoded(data[at:told]), told
        else:
            end = data.find(bytes([END]), at) + 1
            found, at = RecordRejected("broken" if end else "cut_off"), end or size
        yield Found(position, found, at / size)


def _decoded(data: bytes) -> MarcRecord | RecordRejected:
    if data[9:10] != b"a" and not data.isascii():
        return RecordRejected("not_utf8", data[9:10].decode("ascii", "replace"))
    try:
        record = MarcRecord(data, to_unicode=True, force_utf8=True, utf8_handling="strict")
    except UnicodeDecodeError:
        return RecordRejected("bad_utf8")
    except (PymarcException, ValueError, IndexError, KeyError, AttributeError) as error:
        return RecordRejected("broken", type(error).__name__)
    if record.get("200") and not record.get("245"):
        return RecordRejected("unimarc")
    return record


class _NoDoctype(LexicalHandler):
    """MARCXML has no DOCTYPE; what one defines could be endless."""

    def startDTD(self, *_: object) -> None:
        raise xml.sax.SAXException("DOCTYPE")


def _from_xml(stream: BinaryIO, size: int) -> Iterator[Found]:
    handler = XmlHandler()
    parser = xml.sax.make_parser()  # noqa: S317
    parser.setContentHandler(handler)
    parser.setProperty(property_lexical_handler, _NoDoctype())
    parser.setFeature(feature_namespaces, True)
    position = read = 0
    try:
        while chunk := stream.read(CHUNK):
            read += len(chunk)
            parser.feed(chunk)  # type: ignore[attr-defined]
            ready, handler.records = handler.records, []
            for record in ready:
                position += 1
                yield Found(position, record or RecordRejected("broken"), read / size)
        parser.close()  # type: ignore[attr-defined]
    except xml.sax.SAXException as error:
        raise FileRefused("bad_xml", str(error.getMessage())) from None
    if not position:
        raise FileRefused("not_marc")


def items(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and cells of each item of a CSV file; raises FileRefused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            missing = REQUIRED_COLUMNS - set(reader.fieldnames or ())
            if missing:
                raise FileRefused("columns", ", ".join(sorted(missing)))
            for row in reader:
                cells = {name: (row.get(name) or "").strip() for name in ITEM_COLUMNS}
                yield reader.line_num, cells
    except UnicodeDecodeError:
        raise FileRefused("not_utf8") from None
    except csv.Error as error:
        raise FileRefused("bad_csv", str(error)) from None
