"""One block of the library system's file, checked and made ready for COPY: no database, no state.

A row is rejected, and then none of it is used, with a code of `patrons.transfer.report.REASONS`.
A value that cannot be used otherwise (phone, …) is left out with a note of the field's name: NULL
in COPY's text, which is not the empty value of an empty cell. Of a rejected row only line and
number are copied, where it has a number: whoever else has that number in the file is rejected too.
"""

import csv
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from io import StringIO
from typing import Any, NamedTuple

from characters.text import InvalidInput, is_visible
from patrons import birth_date as birth_dates
from patrons import normalize, residency
from patrons.matching import addresses, keys
from patrons.transfer.columns import Field, Mapping, Status, comparable
from patrons.transfer.lines import unguard
from patrons.transfer.reading import BLOCK_BYTES, Block, FileRefused, Layout

# The staging table's columns, by the field they are made of, in the order of a row.
COLUMNS: dict[Field, tuple[str, ...]] = {
    Field.NUMBER: ("number",),
    Field.NAME: ("name", "name_key"),
    Field.KANA: ("last_name_kana", "first_name_kana", "kana_key"),
    Field.BIRTH_DATE: ("birth_date",),
    Field.POSTAL_CODE: ("postal_code",),
    Field.ADDRESS: ("address", "address_key", "municipality_code", "residency_reason"),
    Field.PHONE: ("phone",),
    Field.EMAIL: ("email", "email_key"),
    Field.CONTACT_METHOD: ("contact_method",),
    Field.STATUS: ("withdrawn",),
}
_MAY_BE_EMPTY = {Field.KANA, Field.POSTAL_CODE, Field.ADDRESS, Field.PHONE, Field.EMAIL}
MAX_NAME_LENGTH = keys.MAX_KEY_LENGTH
MAX_ADDRESS_LENGTH = 2 * keys.MAX_KEY_LENGTH
# Stands for NULL until the row is joined; no cell holds it.
_UNUSABLE = "\0"
_LINE_BREAKS = str.maketrans("\r\n\t", "   ")
_SPACES = " \t\u3000\xa0"
# Prefecture, district and municipality end within so many characters.
_MUNICIPALITY_LENGTH = 12


class Finding(NamedTuple):
    """What the report says of one line; `number` may be "" where there is none."""

    line: int
    number: str
    code: str


@dataclass
class Parsed:
    """A block's rows as COPY text, and what was found in them."""

    copy: bytes = b""
    rows: int = 0
    rejected: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)


class Rejected(Exception):
    """A row is not used; the text is its code."""


class RowParser:
    """Reads the blocks of one file."""

    def __init__(self, layout: Layout, mapping: Mapping, today: date) -> None:
        self._layout = layout
        self._today = f"{today:%Y%m%d}"
        self._unknown = mapping.unknown_birth_dates
        self._statuses = _codes(mapping.status)
        self._methods = _codes(mapping.contact_method)
        at = layout.positions
        # NUMBER first: the others' findings name it. NAME next and STATUS last, as in COLUMNS.
        self._steps = [
            (at[field], field, field in _MAY_BE_EMPTY, getattr(self, f"_{field.value}"))
            for field in COLUMNS
            if field in at
        ]
        self._behind_number = sum(len(COLUMNS[field]) for field in at) - 1

    def parse(self, block: Block) -> Parsed:
        """Return the rows of a block; raises FileRefused."""
        try:
            text = block.data.decode(self._layout.codec)
        except UnicodeDecodeError as error:
            line = block.first_line + block.data.count(b"\n", 0, error.start)
            raise FileRefused("encoding", line) from None
        guarded = "'" in text
        parsed = Parsed()
        lines: list[str] = []
        # What is too long was refused by the reader of blocks.
        csv.field_size_limit(2 * BLOCK_BYTES)
        reader = csv.reader(StringIO(text, "\n"), delimiter=self._layout.delimiter, strict=True)
        line = block.first_line
        try:
            for row in reader:
                if row:
                    parsed.rows += 1
                    if guarded:
                        row = [unguard(cell) for cell in row]
                    self._add(row, line, lines, parsed)
                line = block.first_line + reader.line_num
        except csv.Error as error:
            lone_cr = str(error).startswith("new-line character")
            raise FileRefused("line_ends" if lone_cr else "quotes", line) from None
        parsed.copy = "".join(lines).encode()
        return parsed

    def _add(self, row: list[str], line: int, lines: list[str], parsed: Parsed) -> None:
        values = [str(line)]
        number = ""
        notes = []
        try:
            if len(row) != self._layout.width:
                raise Rejected("columns")
            if normalize.has_forbidden_characters("".join(row)):
                row = [cell.translate(_LINE_BREAKS) for cell in row]
                if normalize.has_forbidden_characters("".join(row)):
                    number = normalize.normalize_patron_number(row[self._steps[0][0]])
                    raise Rejected("control_characters")
            for position, field_, may_be_empty, read in self._steps:
                cell = row[position]
                if may_be_empty and not is_visible(cell):
                    values += [""] * len(COLUMNS[field_])
                    continue
                try:
                    values += read(cell)
                except InvalidInput:
                    notes.append(field_)
                    values += [_UNUSABLE] * len(COLUMNS[field_])
                if field_ is Field.NUMBER:
                    number = values[-1]
            # Line, number, name … status: of whom an erasure was reported there is nothing between.
            if not values[2] and values[-1] != "t":
                raise Rejected("name_empty")
        except Rejected as rejection:
            parsed.rejected.append(Finding(line, number, str(rejection)))
            if not number:
                return
            values = [str(line), number, *[_UNUSABLE] * self._behind_number]
        else:
            parsed.notes += [Finding(line, number, field_.value) for field_ in notes]
        joined = "\t".join(values).replace("\\", r"\\").replace(_UNUSABLE, r"\N")
        lines.append(joined + "\n")

    def _number(self, cell: str) -> tuple[str, ...]:
        number = normalize.normalize_patron_number(cell)
        if not number:
            raise Rejected("number")
        return (number,)

    def _name(self, cell: str) -> tuple[str, ...]:
        name = cell.strip(_SPACES) if is_visible(cell) else ""
        if len(name) > MAX_NAME_LENGTH:
            raise Rejected("name_too_long")
        return name, keys.name_key(name)

    def _kana(self, cell: str) -> tuple[str, ...]:
        kana = normalize.normalize_kana(cell)
        last_name, _, first_name = kana.partition("\u3000")
        return last_name, first_name, keys.kana_key(kana)

    def _birth_date(self, cell: str) -> tuple[str, ...]:
        birth_date = read_birth_date(cell, self._unknown)
        if birth_date is None or birth_date > self._today:
            raise Rejected("birth_date")
        return (birth_date,)

    def _postal_code(self, cell: str) -> tuple[str, ...]:
        return (normalize.normalize_postal_code(cell),)

    def _address(self, cell: str) -> tuple[str, ...]:
        address = cell.strip(_SPACES)
        if len(address) > MAX_ADDRESS_LENGTH:
            raise InvalidInput("too_long")
        return address, addresses.address_key(address), *_residency(address)

    def _phone(self, cell: str) -> tuple[str, ...]:
        return (normalize.normalize_phone(cell),)

    def _email(self, cell: str) -> tuple[str, ...]:
        email = normalize.normalize_email(cell)
        return email, keys.email_key(email)

    def _contact_method(self, cell: str) -> tuple[str, ...]:
        return (_value(self._methods, cell, "contact_method"),)

    def _status(self, cell: str) -> tuple[str, ...]:
        status = _value(self._statuses, cell, "status")
        return ("t" if status == Status.WITHDRAWN else "f",)


@lru_cache(maxsize=65536)
def read_birth_date(text: str, unknown: frozenset[str] = frozenset()) -> str | None:
    """Return YYYYMMDD with zeros for unknown parts; None where there is no such day."""
    text = comparable(text)
    if text in unknown:
        return "00000000"
    return birth_dates.read(text)


def _residency(address: str) -> tuple[str, str]:
    # 国外転出 may stand anywhere; otherwise the municipality is told by the start.
    if "国" not in address:
        code, reason = _residency_by(address[:_MUNICIPALITY_LENGTH])
        if code:
            return code, reason
    return _residency_by(address)


@lru_cache(maxsize=4096)
def _residency_by(address: str) -> tuple[str, str]:
    decision = residency.decide(address)
    return decision.municipality_code or "", decision.reason.value


def _codes(table: Dictionary[Any, tuple[str, ...]]) -> dict[str, str]:
    return {comparable(code): value.value for value, codes in table.items() for code in codes}


def _value(codes: dict[str, str], cell: str, field_: str) -> str:
    value = codes.get(cell) or codes.get(comparable(cell))
    if value is None:
        raise Rejected(field_)
    return value
