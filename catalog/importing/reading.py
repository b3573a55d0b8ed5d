"""MARC records one after the other from a file of any size: ISO 2709 or MARCXML, in UTF-8.

ISO 2709: each record says its length, and ends with 1D. A record that does not is passed over to
the next end; what another program counts is what is counted here, broken ones included.
"""

import re
import xml.sax
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.sax.handler import LexicalHandler, feature_namespaces, property_lexical_handler

from pymarc import Record as MarcRecord
from pymarc.exceptions import PymarcException
from pymarc.marcxml import MARC_XML_NS, XmlHandler

from catalog.importing.items import FileRefused
from catalog.importing.marc import TAGS, Fields, Marc, RecordRejected, control_number, shown
from catalog.models import MAXIMUM_CONTROL_NUMBER

END, FIELD_END = b"\x1d", 0x1E
LEADER = 24
# ISO 2709 has five digits for a length; MARCXML has no limit of its own.
LONGEST_ISO2709 = 99_999
LONGEST_XML = 1_000_000
CHUNK = 1 << 18
# What an element takes besides its text, roughly.
ELEMENT = 50
# Nothing that is read in one piece, such as a tag with its attributes, may be longer.
LONGEST_PIECE = 8 << 20
BOM = b"\xef\xbb\xbf"
# Line ends, padding and MS-DOS's end sign between records.
_BETWEEN = re.compile(rb"[\r\n \0\x1a]*")
# A leader: length, status and type.
_BEGIN = re.compile(rb"[0-9]{5}[a-z]{2}")
_ENTRY = re.compile(rb"(...)([0-9]{4})([0-9]{5})", re.DOTALL)
_ROMAJI = re.compile(rb"..\x1f6[0-9]{3}-[0-9]{2}/\(B", re.DOTALL)
_ODD_CODE = re.compile("\x1f[^\0-\x7f]")
_TAGS = {tag.encode(): tag for tag in TAGS}
_BROKEN = (PymarcException, ValueError, LookupError, AttributeError, TypeError)


class Found(NamedTuple):
    """A record or why it is none, counted from 1; `share` says how far the file is read."""

    position: int
    record: Marc | RecordRejected
    share: float


def records(path: Path) -> Iterator[Found]:
    """Yield what stands in a file; raises FileRefused, and OSError where there is none."""
    with path.open("rb") as stream:
        size = path.stat().st_size
        start = stream.read(CHUNK).removeprefix(BOM)
        begin = start.lstrip(b"\r\n\t \0\x1a")
        if not begin:
            raise FileRefused("empty")
        if begin.startswith(b"<"):
            yield from _from_xml(stream, start.lstrip(), size)
        elif _BEGIN.match(begin) or END in start:
            yield from _from_iso2709(stream, start, size)
        else:
            raise FileRefused("not_marc")


def _from_iso2709(stream: BinaryIO, data: bytes, size: int) -> Iterator[Found]:
    at, position, read, is_over = 0, 0, len(data), False
    while True:
        if len(data) - at < LONGEST_ISO2709 and not is_over:
            more = stream.read(CHUNK)
            read, is_over = read + len(more), not more
            data, at = data[at:] + more, 0
        at = _BETWEEN.match(data, at).end()  # type: ignore[union-attr]
        if at == len(data):
            if is_over:
                return
            continue
        if len(data) - at < LONGEST_ISO2709 and not is_over:
            continue
        position += 1
        head = data[at : at + 5]
        told = at + int(head) if head.isdigit() and int(head) > LEADER else 0
        found: Marc | RecordRejected
        if told and data[told - 1 : told] == END:
            found, at = _decoded(data[at:told]), told
        else:
            begun = data[at : at + LONGEST_ISO2709]
            while (end := data.find(END, at)) < 0 and not is_over:
                data, at = stream.read(CHUNK), 0
                read, is_over = read + len(data), not data
            code = "broken" if end >= 0 else "cut_off"
            found = RecordRejected(code, control_number=_number(begun))
            at = end + 1 if end >= 0 else len(data)
        yield Found(position, found, _share(read - len(data) + at, size))


def _share(read: int, size: int) -> float:
    return min(read / size, 1) if size else 0


def _decoded(data: bytes) -> Marc | RecordRejected:
    code = ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        code = "bad_utf8" if data[9:10] == b"a" else "not_utf8"
    # MARC-8 leaves ASCII by escape sequences.
    if not code and data[9:10] != b"a" and b"\x1b" in data:
        code = "not_utf8"
    if code:
        tags = {tag for tag, _, _ in _directory(data)}
        code = "unimarc" if b"200" in tags and b"245" not in tags else code
        return RecordRejected(code, control_number=_number(data))
    try:
        return _record(data)
    except _BROKEN:
        return RecordRejected("broken", control_number=_number(data))


def _record(data: bytes) -> Marc:
    """Return the record with the fields that anybody looks at; raises ValueError for a broken one.

    pymarc's own decoder decodes all of them, and takes those that do not end where the directory
    says.
    """
    directory, size = _directory(data), len(data)
    if not directory or int(data[12:17]) != LEADER + 12 * len(directory) + 1:
        raise ValueError("directory")
    fields: Fields = {}
    for tag, begin, end in directory:
        if not begin < end <= size or data[end - 1] != FIELD_END:
            raise ValueError("field")
        if not (name := _TAGS.get(tag)) or (tag == b"880" and _ROMAJI.match(data, begin)):
            continue
        text = data[begin : end - 1].decode()
        if name < "010":
            parts = [text]
        else:
            parts = text.split("\x1f")
            if not text.isascii() and _ODD_CODE.search(text):
                raise ValueError("subfield code")
        fields.setdefault(name, []).append(parts)
    return Marc(data[:LEADER].decode("ascii"), fields)


def _directory(data: bytes) -> list[tuple[bytes, int, int]]:
    """Return tag, begin and end of each field that the directory tells of, as far as it is one."""
    if not data[12:17].isdigit():
        return []
    base = int(data[12:17])
    entries = _ENTRY.findall(data, LEADER, max(base - 1, LEADER))
    return [
        (tag, begin := base + int(offset), begin + int(length)) for tag, length, offset in entries
    ]


def _number(data: bytes) -> str:
    """Return the control number of a record that cannot be read, where it can be told."""
    for tag, begin, end in _directory(data):
        if tag == b"001":
            number = data[begin : end - 1].decode("ascii", "replace")
            can_be_one = len(number) <= MAXIMUM_CONTROL_NUMBER and number.isascii()
            return number.strip() if can_be_one and number.isprintable() else ""
    return ""


class _Handler(XmlHandler):
    """Makes records of elements; one that cannot be made is a RecordRejected."""

    def __init__(self) -> None:
        super().__init__()
        self.is_marc = False
        self.ready: list[Marc | RecordRejected] = []
        self.silence = 0
        self._wrong, self._size = "", 0

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        self.silence = 0
        if name[0] not in (MARC_XML_NS, None):
            return
        self.is_marc |= name[1] in ("record", "collection")
        if name[1] == "record":
            self._wrong, self._size = "", 0
        self._count(ELEMENT)
        if not self._wrong:
            try:
                super().startElementNS(name, qname, attrs)
            except _BROKEN:
                self._wrong = "broken"

    def characters(self, content: str) -> None:
        self.silence = 0
        self._count(len(content))
        if not self._wrong:
            super().characters(content)

    def endElementNS(self, name: Any, qname: Any) -> None:
        self.silence = 0
        if name[0] not in (MARC_XML_NS, None):
            return
        if not self._wrong:
            try:
                super().endElementNS(name, qname)
            except _BROKEN:
                self._wrong = "broken"
        if self._wrong and name[1] == "record" and self._record is not None:
            number = shown(control_number(Marc.of(self._record)))
            self.ready.append(RecordRejected(self._wrong, control_number=number))
            self._record = None

    def process_record(self, record: MarcRecord) -> None:
        self.ready.append(Marc.of(record))

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > LONGEST_XML and self._record is not None:
            self._wrong = "too_long"
            self._text = []


class _NoDoctype(LexicalHandler):
    """MARCXML has no DOCTYPE; what one defines could be endless."""

    def startDTD(self, *_: object) -> None:
        raise xml.sax.SAXException("DOCTYPE")


def _from_xml(stream: BinaryIO, chunk: bytes, size: int) -> Iterator[Found]:
    handler = _Handler()
    parser = xml.sax.make_parser()  # noqa: S317
    parser.setContentHandler(handler)
    parser.setProperty(property_lexical_handler, _NoDoctype())
    parser.setFeature(feature_namespaces, True)
    position = read = 0
    while True:
        try:
            if chunk:
                handler.silence += len(chunk)
                parser.feed(chunk)  # type: ignore[attr-defined]
            else:
                parser.close()  # type: ignore[attr-defined]
        except xml.sax.SAXParseException as error:
            raise FileRefused(
                "bad_xml", f"{error.getLineNumber()} 行目: {error.getMessage()}"
            ) from None
        except (xml.sax.SAXException, ValueError, LookupError) as error:
            # An encoding that Python does not know, or expat does not.
            raise FileRefused("bad_xml", shown(str(error))) from None
        if handler.silence > LONGEST_PIECE:
            raise FileRefused("bad_xml")
        read += len(chunk)
        ready, handler.ready = handler.ready, []
        for record in ready:
            position += 1
            yield Found(position, record, _share(read, size))
        if not chunk:
            break
        chunk = stream.read(CHUNK)
    if not position:
        raise FileRefused("empty" if handler.is_marc else "not_marc")
