"""From the library system's lines to rows: what is read, left out and rejected; no database."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.people import people
from characters.cp932 import in_cp932
from characters.text import is_visible
from patrons import residency
from patrons.normalize import has_forbidden_characters
from patrons.transfer.cells import mended
from patrons.transfer.columns import Field, load_mapping
from patrons.transfer.lines import LineWriter, Row
from patrons.transfer.reading import Block, FileRefused, Layout
from patrons.transfer.rows import COLUMNS, Parsed, RowParser
from tests.patrons.library_files import HEADERS, PERSON, text

MAPPING = load_mapping()
TODAY = date(2026, 11, 1)
CELLS = st.text(max_size=30)


def layout(columns=tuple(HEADERS)) -> Layout:
    return Layout(
        codec="utf-8",
        delimiter=",",
        width=len(columns),
        positions={Field(column): position for position, column in enumerate(columns)},
        ignored=(),
        start=0,
    )


def parse(lines: str, columns=tuple(HEADERS)) -> Parsed:
    parser = RowParser(layout(columns), MAPPING, TODAY)
    return parser.parse(Block(first_line=2, data=lines.encode("utf-8")))


def parse_person(**changes: str) -> Parsed:
    return parse(text(changes).partition("\r\n")[2])


def copied(parsed: Parsed, columns=tuple(HEADERS)) -> list[dict[str, str | None]]:
    """Return the rows that are not rejected as PostgreSQL reads them."""
    names = ["line", *(c for f in COLUMNS if f in columns for c in COLUMNS[f])]
    rows = [line.split("\t") for line in parsed.copy.decode().split("\n")[:-1]]
    values = [
        [None if cell == r"\N" else cell.replace(r"\\", "\\") for cell in row] for row in rows
    ]
    read = [dict(zip(names, row, strict=True)) for row in values]
    return [row for row in read if row["name"] is not None]


def test_a_row_is_ready_for_the_patrons_table():
    assert copied(parse_person()) == [
        {
            "line": "2",
            "number": "C1",
            "name": "別府　花子",
            "name_key": "別府花子",
            "last_name_kana": "ベップ",
            "first_name_kana": "ハナコ",
            "kana_key": "ベツプハナコ",
            "birth_date": "19920402",
            "postal_code": "8740908",
            "address": "大分県別府市上野口町1番15号",
            "address_key": "別府市上野口町1-15",
            "municipality_code": "44202",
            "residency_reason": "eligible",
            "phone": "0977211111",
            "email": "hanako@example.jp",
            "email_key": "hanako@example.jp",
            "contact_method": "email",
            "withdrawn": "f",
        }
    ]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"number": "　８００００２８ "}, {"number": "8000028"}),
        ({"name": " 𠮷田　太郎　"}, {"name": "𠮷田　太郎", "name_key": "吉田太郎"}),
        ({"name": "O'Brien \\N"}, {"name": "O'Brien \\N"}),
        ({"name": "'=1+1"}, {"name": "=1+1"}),
        ({"name": "''=1+1"}, {"name": "'=1+1"}),
        ({"name": "一\r\n二\t三\v四"}, {"name": "一 二 三 四"}),
        ({"name": "葛\U000e0100城\u200b　\u202e太郎\ufeff"}, {"name": "葛\U000e0100城　太郎"}),
        ({"address": "大分市\u2060府内町\u00ad1"}, {"address": "大分市府内町1"}),
        ({"kana": "ベップ\u200b　ハナコ\ufe0f"}, {"first_name_kana": "ハナコ"}),
        ({"number": "C\u200b1\ufeff"}, {"number": "C1"}),
        ({"status": "有効\u200e"}, {"withdrawn": "f"}),
        ({"number": "'0001234"}, {"number": "0001234"}),
        ({"number": "a8000028Ｂ"}, {"number": "8000028"}),
        ({"number": "A12B4C"}, {"number": "A12B4C"}),
        ({"phone": "'0977211111"}, {"phone": "0977211111"}),
        ({"postal_code": "'8740908"}, {"postal_code": "8740908"}),
        ({"birth_date": "'19920402"}, {"birth_date": "19920402"}),
        ({"kana": "ﾍﾞｯﾌﾟ ﾊﾅｺ"}, {"last_name_kana": "ベップ", "first_name_kana": "ハナコ"}),
        ({"kana": "べっぷ"}, {"last_name_kana": "ベップ", "first_name_kana": ""}),
        ({"kana": "アン　マリー　ソ"}, {"first_name_kana": "マリー　ソ"}),
        ({"postal_code": "〒８７４－０９０８"}, {"postal_code": "8740908"}),
        ({"address": "東京都千代田区"}, {"municipality_code": "", "address": "東京都千代田区"}),
        ({"address": "大分県大分市国外転出"}, {"residency_reason": "abroad"}),
        ({"phone": "+81 90 1234 5678"}, {"phone": "09012345678"}),
        ({"email": "A.b@EXAMPLE.jp"}, {"email": "A.b@example.jp", "email_key": "a.b@example.jp"}),
        ({"contact_method": "１"}, {"contact_method": "phone"}),
        ({"contact_method": ""}, {"contact_method": "none"}),
        ({"status": "退会"}, {"withdrawn": "t"}),
        ({"status": ""}, {"withdrawn": "f"}),
    ],
)
def test_what_a_cell_becomes(typed, stored):
    parsed = parse_person(**typed)
    (row,) = copied(parsed)
    assert {key: row[key] for key in stored} == stored
    assert (parsed.rejected, parsed.notes) == ([], [])


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("kana", "別府"),
        ("postal_code", "874-09"),
        ("address", "あ" * 401),
        ("address", "#REF!"),
        ("postal_code", "8.74E+06"),
        ("phone", "不明"),
        ("email", "hanako@"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_noted(field, typed):
    parsed = parse_person(**{field: typed})
    (row,) = copied(parsed)
    (note,) = parsed.notes
    assert (note.line, note.number, note.code) == (2, "C1", field)
    assert {row[column] for column in COLUMNS[Field(field)]} == {None}
    assert row["name"] == PERSON["name"]


def test_what_was_completed_is_told_of_its_row_alone():
    rows = [{"phone": "975340000"}, {"number": "C2", "phone": "975340000", "status": "?"}]
    parsed = parse(text(*rows, {"number": "C3"}).partition("\r\n")[2])
    assert [(f.line, f.number, f.code) for f in parsed.looks] == [(2, "C1", "phone_completed")]
    assert [row["phone"] for row in copied(parsed)] == ["0975340000", "0977211111"]


@pytest.mark.parametrize(
    ("lines", "skipped", "rows"),
    [
        (",,,,,,,,,\r\n", {"empty_rows": (2, 1)}, 0),
        (",,\r\n　,\u200b\r\n\r\n,,,,,,,,,,,,\r\n", {"empty_rows": (2, 3)}, 0),
        ("\x1a\r\n", {"end_sign": (2, 1)}, 0),
        ("\x1a,,\r\n", {}, 1),
        ("\0,\0\r\n", {}, 1),
        ("合計 3 件\r\n", {}, 1),
        ("合計,3,,,,,,,,\r\n", {}, 1),
        ("# 3 rows\r\n", {}, 1),
        ("-------,----,,,,,,,,\r\n", {}, 1),
    ],
)
def test_lines_that_are_no_rows_are_skipped_and_others_rejected(lines, skipped, rows):
    parsed = parse(lines)
    assert (parsed.skipped, parsed.rows, len(parsed.rejected)) == (skipped, rows, rows)
    assert parsed.copy == b""


@pytest.mark.parametrize(
    ("cell", "where"),
    [
        (b"\x8c\x9f\x80\x8e\xc0", "2 列目の 2 文字目 0x80"),
        (b"\x8c\x9f\xfd", "2 列目の 2 文字目 0xFD"),
        (b"\x8c\x9f\x8e", "2 列目の 2 文字目 0x8E"),
        (b"\xff\x8c\x9f", "2 列目の 1 文字目 0xFF"),
    ],
)
def test_a_byte_that_is_no_character_rejects_its_row_alone(cell, where):
    columns = ("number", "name", "birth_date")
    wide = replace(layout(columns), codec="cp932")
    data = b"C1,%b,19920402\r\nC2,\x95\xca\x95\x7b,19920402\r\n" % cell
    parsed = RowParser(wide, MAPPING, TODAY).parse(Block(first_line=2, data=data))
    (finding,) = parsed.rejected
    assert finding == (2, "C1", "bytes", where)
    assert [row["name"] for row in copied(parsed, columns)] == ["別府"]


def test_a_control_character_is_told_with_its_place():
    (finding,) = parse_person(address="大分県\x1b別府市").rejected
    assert finding.detail == "6 列目の 4 文字目 U+001B"


def test_a_code_that_is_not_listed_is_quoted_unless_it_may_be_something_else():
    assert parse_person(status="00").rejected[0].detail == "「00」"
    assert parse_person(status="hanako@example.jp").rejected[0].detail == ""


@pytest.mark.parametrize(
    ("changes", "unreadable"),
    [
        ({}, False),
        ({"name": "〓田　太郎"}, True),
        ({"name": "\ue123田　太郎"}, True),
        ({"name": "\U000f1234田　太郎"}, True),
        ({"address": "大分市〓町1"}, True),
        ({"name": "葛\U000e0100　𠮷"}, False),
        ({"email": "〓"}, False),
    ],
)
def test_a_character_that_stands_for_another_is_noticed(changes, unreadable):
    assert parse_person(**changes).unreadable is unreadable


def test_a_backslash_beside_what_cannot_be_used_stays_one():
    (row,) = copied(parse_person(phone="不明", name="\\N"))
    assert (row["phone"], row["name"]) == (None, "\\N")


@pytest.mark.parametrize("field", ["kana", "postal_code", "address", "phone", "email"])
def test_an_empty_cell_needs_no_note(field):
    parsed = parse_person(**{field: " 　"})
    assert parsed.notes == []
    assert {copied(parsed)[0][column] for column in COLUMNS[Field(field)]} == {""}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": ""}, "number"),
        ({"number": "1" * 21}, "number"),
        ({"name": "　"}, "name_empty"),
        ({"name": "\u200b\u200b"}, "name_empty"),
        ({"name": "\U000e0100"}, "name_empty"),
        ({"number": "\u200b"}, "number"),
        ({"name": "あ" * 201}, "name_too_long"),
        ({"birth_date": "19920431"}, "birth_date"),
        ({"birth_date": "20261102"}, "birth_date"),
        ({"birth_date": ""}, "birth_date_empty"),
        ({"name": "#REF!"}, "name_spreadsheet"),
        ({"name": "####"}, "name_spreadsheet"),
        ({"status": "?"}, "status"),
        ({"contact_method": "手紙"}, "contact_method"),
        ({"name": "別府\0花子"}, "control_characters"),
        ({"address": "大分県\x1b別府市"}, "control_characters"),
    ],
)
def test_a_row_that_cannot_be_right_is_rejected_whole(changes, code):
    parsed = parse_person(**changes)
    assert (parsed.rows, copied(parsed), parsed.notes) == (1, [], [])
    (finding,) = parsed.rejected
    assert (finding.line, finding.code) == (2, code)
    assert finding.number == ("" if code == "number" else "C1")
    # The number is staged, nothing else.
    others = "\t".join([r"\N"] * 16)
    assert parsed.copy.decode() == ("" if code == "number" else f"2\tC1\t{others}\n")


@pytest.mark.parametrize("line", ["C1,別府", "C1" + "," * 10, "C1"])
def test_more_or_fewer_cells_than_headers_are_no_row(line):
    assert [finding.code for finding in parse(f"{line}\r\n").rejected] == ["columns"]


def test_lines_are_counted_as_an_editor_counts_them():
    lines = text({"address": "一\r\n二\n三"}, {"number": ""}).partition("\r\n")[2]
    parsed = parse(f"\r\n{lines}\n\n{text({'name': ''}).partition(chr(10))[2]}")
    assert [row["line"] for row in copied(parsed)] == ["3"]
    assert [(f.line, f.code) for f in parsed.rejected] == [(6, "number"), (9, "name_empty")]
    assert parsed.rows == 3


@pytest.mark.parametrize(
    ("cells", "code", "line"),
    [
        ('x"', "", 0),
        ('"x" y', "quotes", 3),
        ("x\ry", "line_ends", 3),
        ('"x\ry"', "", 0),
    ],
)
def test_quotes_and_line_ends_that_are_wrong_refuse_the_file(cells, code, line):
    columns = ("number", "name", "birth_date")
    lines = f"C1,別府,19920402\nC2,{cells},19920402\n"
    if not code:
        assert len(copied(parse(lines, columns), columns)) == 2
        return
    with pytest.raises(FileRefused) as refused:
        parse(lines, columns)
    assert (refused.value.code, refused.value.line) == (code, line)


def test_bytes_that_are_no_text_refuse_the_file_with_their_line():
    parser = RowParser(layout(), MAPPING, TODAY)
    with pytest.raises(FileRefused) as refused:
        parser.parse(Block(first_line=7, data="別府\n別府\n".encode() + b"\xff\n"))
    assert (refused.value.code, refused.value.line) == ("encoding", 9)


def test_a_character_that_is_cut_refuses_the_file_with_line_and_byte():
    parser = RowParser(layout(), MAPPING, TODAY)
    with pytest.raises(FileRefused) as refused:
        parser.parse(Block(first_line=7, data="別府\n".encode() + b"C2,\xe5\x88,\n"))
    assert (refused.value.code, refused.value.line) == ("cut_character", 8)
    assert refused.value.detail == "4 バイト目"


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(HEADERS, CELLS)))
def test_any_cells_are_a_row_or_a_rejection(changes):
    stream = io.StringIO()
    # As the csv module writes them: a lone CR, too, stands in quotes.
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerow((PERSON | changes).values())
    data = stream.getvalue().encode("utf-8", "replace")
    parsed = RowParser(layout(), MAPPING, TODAY).parse(Block(first_line=2, data=data))
    rows = copied(parsed)
    assert parsed.rows == 1 == len(rows) + len(parsed.rejected)
    for row in rows:
        assert not any(has_forbidden_characters(value or "") for value in row.values())
        assert row["number"]
        assert row["name"]


@given(
    number=st.text(st.sampled_from("0123456789AC-$:"), max_size=12).map("7{}".format),
    name=CELLS.filter(lambda value: value.strip()),
    address=CELLS,
    encoding=st.sampled_from(["utf-8-sig", "cp932"]),
)
@example(number="7", name="0", address="\U000e0100", encoding="utf-8-sig")
def test_what_an_export_writes_an_import_reads_back(number, name, address, encoding):
    def storable(value: str) -> str:
        kept = "".join(c for c in value if not has_forbidden_characters(c))
        kept = mended([kept], with_selectors={0})[0]
        if encoding == "cp932":
            kept = in_cp932(kept).text
        return kept.strip(" \t\u3000\xa0")

    name, address = storable(name), storable(address)
    # What shows nothing is no name, and an address as good as none.
    name = name if is_visible(name) else "別府"
    address = address if is_visible(address) else ""
    moment = datetime(2026, 3, 10, tzinfo=UTC)
    row = Row(
        pk=1,
        number=number,
        name=name,
        last_name_kana="ベップ",
        first_name_kana="ハナコ",
        birth_date="19920400",
        postal_code="8740908",
        address=address,
        phone="0977211111",
        email="hanako@example.jp",
        contact_method="phone",
        withdrawn_at=moment,
        municipality_code="44202",
        registered_at=moment,
        moved_out_at=None,
        exported_at=None,
        updated_at=moment,
    )
    stream = io.BytesIO()
    writer = LineWriter(stream=stream, report=None, encoding=encoding, mapping=MAPPING)
    writer.write(row)
    writer.finish()
    written = stream.getvalue().decode(encoding).partition("\r\n")[2]
    wide = Layout(**{**vars(layout()), "width": len(HEADERS) + 3})
    parsed = RowParser(wide, MAPPING, TODAY).parse(Block(first_line=2, data=written.encode()))
    assert (parsed.rejected, parsed.notes) == ([], [])
    (read,) = copied(parsed)
    for column in ("number", "name", "address", "birth_date", "postal_code", "phone", "email"):
        assert read[column] == getattr(row, column)
    assert (read["last_name_kana"], read["first_name_kana"]) == ("ベップ", "ハナコ")
    assert (read["contact_method"], read["withdrawn"]) == ("phone", "t")


def test_the_start_of_an_address_tells_its_municipality_as_all_of_it_does():
    for person in people(3000):
        decision = residency.decide(person["address"])
        (row,) = copied(parse_person(address=person["address"]))
        assert row["municipality_code"] == (decision.municipality_code or "")
        assert row["residency_reason"] == decision.reason


PIECES = [
    "大分県",
    "大分市",
    "速見郡",
    "日出町",
    "国",
    "国外転出",
    "竹田市",
    "東京都",
    "由布市",
    "ｵ",
    "1",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_any_address_is_decided_as_by_the_rule(address):
    stored = address.strip(" \t\u3000\xa0")
    (row,) = copied(parse_person(address=address))
    if stored:
        decision = residency.decide(stored)
        assert row["municipality_code"] == (decision.municipality_code or "")
        assert row["residency_reason"] == decision.reason
