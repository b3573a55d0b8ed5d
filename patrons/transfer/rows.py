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
from patrons import normalize, residency
from patrons.matching import addresses, keys
from patrons.transfer import cells
from patrons.transfer.cells import Rejected
from patrons.transfer.columns import Field, Mapping, Status, comparable
from patrons.transfer.number_pattern import as_meant, check_number
from patrons.transfer.phones import without_zero
from patrons.transfer.reading import BLOCK_BYTES, END_SIGN, Block, Layout, csv_refusal, undecodable
from patrons.written_dates import NotADate, read_birth_date
from staff.files import unguard

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
# Where a variation selector and a gaiji are of the value.
_WRITTEN = (Field.NAME, Field.ADDRESS)
_MAY_BE_EMPTY = {Field.KANA, Field.POSTAL_CODE, Field.ADDRESS, Field.PHONE, Field.EMAIL}
MAX_NAME_LENGTH = keys.MAX_KEY_LENGTH
MAX_ADDRESS_LENGTH = 2 * keys.MAX_KEY_LENGTH
# Stands for NULL until the row is joined; no cell holds it.
_UNUSABLE = "\0"
# A spreadsheet program's mark of text, where nothing begins with one.
_TEXT_MARK = "'"
_QUOTED_CODE_LENGTH = 8
_SPACES = " \t\u3000\xa0"
# Prefecture, district and municipality end within so many characters.
_MUNICIPALITY_LENGTH = 12


class Finding(NamedTuple):
    """What the report says of one line; `number` may be "" where there is none."""

    line: int
    number: str
    code: str
    detail: str = ""


@dataclass
class Parsed:
    """A block's rows as COPY text, and what was found in them.

    `notes` are of values that were left out, `looks` of those that are stored and to be looked at.
    `skipped` is, by the reason, the first line that is no row and how many there are; `unreadable`
    whether a name or address has a character that stands for another one.
    """

    copy: bytes = b""
    rows: int = 0
    rejected: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    looks: list[Finding] = field(default_factory=list)
    skipped: dict[str, tuple[int, int]] = field(default_factory=dict)
    unreadable: bool = False


class RowParser:
    """Reads the blocks of one file."""

    def __init__(self, layout: Layout, mapping: Mapping, today: date) -> None:
        self._layout = layout
        self._today = f"{today:%Y%m%d}"
        self._unknown = mapping.unknown_birth_dates
        self._patterns = mapping.numbers
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
        self._written = {at[field] for field in _WRITTEN if field in at}
        # Of the row that is being read.
        self._looks: list[str] = []

    def parse(self, block: Block) -> Parsed:
        """Return the rows of a block; raises FileRefused."""
        # Of CP932 a byte that is no character rejects its row.
        errors = "surrogateescape" if self._layout.codec == "cp932" else "strict"
        try:
            text = block.data.decode(self._layout.codec, errors)
        except UnicodeDecodeError as error:
            raise undecodable(error, block.first_line) from None
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
            raise csv_refusal(error, line) from None
        parsed.copy = "".join(lines).encode()
        return parsed

    def _add(self, row: list[str], line: int, lines: list[str], parsed: Parsed) -> None:
        values = [str(line)]
        number = ""
        notes = []
        self._looks.clear()
        try:
            if len(row) != self._layout.width:
                raise Rejected("columns", f"{len(row)} 列（見出しは {self._layout.width} 列）")
            if cells.UNUSUAL.search("".join(row)):
                # For the rejection of a row that is broken.
                number = normalize.normalize_patron_number(row[self._steps[0][0]])
                cells.check_text(row, self._layout.codec)
                row, number = cells.mended(row, self._written), ""
                parsed.unreadable |= any(cells.is_unreadable(row[at]) for at in self._written)
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
            if not number and (code := _is_no_row(row)):
                first, count = parsed.skipped.get(code, (line, 0))
                parsed.skipped[code] = (first, count + 1)
                parsed.rows -= 1
                return
            parsed.rejected.append(Finding(line, number, rejection.code, rejection.detail))
            if not number:
                return
            values = [str(line), number, *[_UNUSABLE] * self._behind_number]
        else:
            parsed.notes += [Finding(line, number, field_.value) for field_ in notes]
            parsed.looks += [Finding(line, number, code) for code in self._looks]
        joined = "\t".join(values).replace("\\", r"\\").replace(_UNUSABLE, r"\N")
        lines.append(joined + "\n")

    def _number(self, cell: str) -> tuple[str, ...]:
        number = normalize.normalize_patron_number(cell.lstrip(_TEXT_MARK))
        # Nearly every number is of digits alone.
        if self._patterns or not (number.isascii() and number.isdigit()):
            number = as_meant(number, self._patterns)
            check_number(number, self._patterns)
        return (number,)

    def _name(self, cell: str) -> tuple[str, ...]:
        if cell[:1] == "#" and cells.is_error_value(cell):
            raise Rejected("name_spreadsheet")
        name = cell.strip(_SPACES) if is_visible(cell) else ""
        if len(name) > MAX_NAME_LENGTH:
            raise Rejected("name_too_long")
        return name, keys.name_key(name)

    def _kana(self, cell: str) -> tuple[str, ...]:
        kana = normalize.normalize_kana(cell)
        last_name, _, first_name = kana.partition("\u3000")
        return last_name, first_name, keys.kana_key(kana)

    def _birth_date(self, cell: str) -> tuple[str, ...]:
        try:
            birth_date = read_birth_date(cell.lstrip(_TEXT_MARK), self._unknown)
        except NotADate as error:
            raise Rejected(error.code, error.detail) from None
        if birth_date > self._today:
            raise Rejected("birth_date", "これからの日")
        return (birth_date,)

    def _postal_code(self, cell: str) -> tuple[str, ...]:
        return (normalize.normalize_postal_code(cell.lstrip(_TEXT_MARK)),)

    def _address(self, cell: str) -> tuple[str, ...]:
        if cell[:1] == "#" and cells.is_error_value(cell):
            raise InvalidInput("empty")
        address = cell.strip(_SPACES)
        if len(address) > MAX_ADDRESS_LENGTH:
            raise InvalidInput("too_long")
        return address, addresses.address_key(address), *_residency(address)

    def _phone(self, cell: str) -> tuple[str, ...]:
        cell = cell.lstrip(_TEXT_MARK)
        try:
            return (normalize.normalize_phone(cell),)
        except InvalidInput:
            completed = without_zero(cell)
            if not completed:
                raise
            self._looks.append("phone_completed")
            return (completed,)

    def _email(self, cell: str) -> tuple[str, ...]:
        email = normalize.normalize_email(cell)
        return email, keys.email_key(email)

    def _contact_method(self, cell: str) -> tuple[str, ...]:
        return (_value(self._methods, cell, "contact_method"),)

    def _status(self, cell: str) -> tuple[str, ...]:
        status = _value(self._statuses, cell, "status")
        return ("t" if status == Status.WITHDRAWN else "f",)


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
        # A code, not what a row holds whose columns are displaced.
        raise Rejected(field_, f"「{cell}」" if len(cell) <= _QUOTED_CODE_LENGTH else "")
    return value


def _is_no_row(row: list[str]) -> str:
    """Return which kind of line that is no row: one of nothing but delimiters, or MS-DOS's end."""
    text = "".join(row)
    if len(row) == 1 and text == END_SIGN.decode():
        return "end_sign"
    if is_visible(text) or normalize.has_forbidden_characters(text):
        return ""
    return "empty_rows"
