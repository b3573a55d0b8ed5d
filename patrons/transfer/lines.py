"""A patron as a line of the library system's file, and what its cells may hold.

Which characters CP932 cannot hold, and what is written for them, is told by `characters.cp932`.
"""

import csv
from datetime import datetime
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple

from django.utils import timezone

from characters.cp932 import in_cp932
from characters.text import one_line
from patrons.models import ContactMethod
from patrons.transfer.columns import Field, Mapping, Status
from staff.files import guard

ENCODINGS = ("utf-8-sig", "cp932")
# Behind the mapped columns, for whom it may concern; an import leaves them aside.
FURTHER_HEADERS = ("市町コード", "登録日時", "転出がわかった日時")
REPORT_HEADERS = ("利用者番号", "項目", "文字")


class Row(NamedTuple):
    """What is read of a patron; the names are the model's columns."""

    pk: int
    number: str
    name: str
    last_name_kana: str
    first_name_kana: str
    birth_date: str
    postal_code: str
    address: str
    phone: str
    email: str
    contact_method: str
    withdrawn_at: datetime | None
    municipality_code: str
    registered_at: datetime
    moved_out_at: datetime | None
    exported_at: datetime | None
    updated_at: datetime


class LineWriter:
    """Writes CSV lines to a binary stream: every cell quoted, CRLF, formulas defused.

    A cell that CP932 cannot hold goes to `report` (UTF-8) as number, header and code points.
    `lines` and `reported` count patrons. The streams stay open.
    """

    def __init__(
        self, *, stream: BinaryIO, report: BinaryIO | None, encoding: str, mapping: Mapping
    ) -> None:
        self.lines = self.reported = 0
        self._mapping = mapping
        self._narrow = encoding == "cp932"
        self._headers = [*(texts[0] for texts in mapping.columns.values()), *FURTHER_HEADERS]
        self._texts = [TextIOWrapper(stream, encoding=encoding, newline="")]
        self._write = csv.writer(
            self._texts[0], delimiter=mapping.delimiter, quoting=csv.QUOTE_ALL
        ).writerow
        self._write([in_cp932(header).text for header in self._headers])
        self._report = None
        if report is not None:
            self._texts.append(TextIOWrapper(report, encoding="utf-8-sig", newline=""))
            self._report = csv.writer(self._texts[1], quoting=csv.QUOTE_ALL).writerow
            self._report(REPORT_HEADERS)

    def write(self, row: Row) -> None:
        values = [_value(row, field, self._mapping) for field in self._mapping.columns]
        values += [row.municipality_code, _local(row.registered_at), _local(row.moved_out_at)]
        if self._narrow:
            values = self._narrowed(row.number, values)
        self._write([guard(value) for value in values])
        self.lines += 1

    def finish(self) -> None:
        """Hand everything on to the streams."""
        for text in self._texts:
            text.detach()

    def _narrowed(self, number: str, values: list[str]) -> list[str]:
        written = [in_cp932(value) for value in values]
        self.reported += any(cell.lost for cell in written)
        if self._report is not None:
            for header, cell in zip(self._headers, written, strict=True):
                if cell.lost:
                    self._report([guard(number), guard(header), cell.points])
        return [cell.text for cell in written]


def _value(row: Row, field: Field, mapping: Mapping) -> str:
    match field:
        case Field.KANA:
            return f"{row.last_name_kana}\u3000{row.first_name_kana}".strip("\u3000")
        case Field.CONTACT_METHOD:
            return mapping.contact_method[ContactMethod(row.contact_method)][0]
        case Field.STATUS:
            return mapping.status[Status.WITHDRAWN if row.withdrawn_at else Status.ACTIVE][0]
        case Field.ADDRESS:
            return one_line(row.address)
    return getattr(row, field.value)


def _local(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
