"""The library system's file cut into blocks: encodings, headers, little memory."""

import csv
import io
import re
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons.transfer.columns import DELIMITERS, Field, Mapping, load_mapping
from patrons.transfer.encoding import told_by
from patrons.transfer.reading import (
    BLOCK_BYTES,
    MAX_RECORD_BYTES,
    FileRefused,
    blocks,
    open_rows,
    read_layout,
)
from tests.patrons.library_files import text

MAPPING = load_mapping()
MEGABYTE = 1 << 20


class Dribble(io.BytesIO):
    """Gives a few bytes at a time, as a network file system may."""

    def __init__(self, data: bytes, at_once: int) -> None:
        super().__init__(data)
        self._at_once = at_once

    def read(self, size: int = -1) -> bytes:
        return super().read(min(size, self._at_once))


def layout_of(tmp_path: Path, data: bytes, mapping: Mapping = MAPPING):
    path = tmp_path / "patrons.csv"
    path.write_bytes(data)
    return read_layout(path, mapping)


def mapping_with(tmp_path: Path, text: str) -> Mapping:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def refusal(of: Iterator[object]) -> tuple[str, int | None]:
    with pytest.raises(FileRefused) as refused:
        list(of)
    return refused.value.code, refused.value.line


@pytest.mark.parametrize(
    ("encoding", "codec", "start"),
    [("utf-8", "utf-8", 0), ("utf-8-sig", "utf-8", 3), ("cp932", "cp932", 0)],
)
def test_the_encoding_is_told_by_the_bytes(tmp_path, encoding, codec, start):
    headers = text().encode(encoding)
    found = layout_of(tmp_path, headers)
    assert (found.codec, found.start) == (codec, len(headers))
    assert headers[start:].decode(codec) == text()


@pytest.mark.parametrize(
    ("codec", "mark"), [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]
)
def test_utf_16_with_its_mark_is_read_as_utf_8(tmp_path, codec, mark):
    path = tmp_path / "patrons.csv"
    rows = text({"name": "𠮷田\r\n花子"}, {"number": "C2"})
    path.write_bytes(mark + rows.encode(codec))
    layout = read_layout(path, MAPPING)
    assert (layout.codec, layout.encoding, layout.width) == ("utf-8", "UTF-16", 10)
    with open_rows(path, layout) as stream:
        (block,) = blocks(stream)
        assert stream.tell() == path.stat().st_size
    assert block.data.decode() == rows.partition("\r\n")[2]


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("mapped", DELIMITERS)
def test_the_headers_tell_the_delimiter(tmp_path, delimiter, mapped):
    mapping = replace(MAPPING, delimiter=mapped)
    headers = f"備考{delimiter}利用者番号{delimiter}氏名{delimiter}生年月日\r\n"
    found = layout_of(tmp_path, headers.encode("cp932"), mapping)
    assert (found.delimiter, found.width, found.ignored) == (delimiter, 4, ("備考",))


def test_headers_may_have_what_nobody_sees(tmp_path):
    headers = "\ufeff\ufeff利用者番号\u200b,氏名,\u202e生年月日\r\n"
    assert layout_of(tmp_path, headers.encode()).ignored == ()


ROWS = "C1,髙﨑　花子,ﾀｶｻｷ ﾊﾅｺ,19920402,大分県別府市１－１\r\n" * 20
HALF_WIDTH = "C1,ﾀｶｻｷ ﾊﾅｺ,19920402,ﾍﾞｯﾌﾟ1-1\r\n" * 3


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (ROWS.encode(), "utf-8"),
        (ROWS.encode()[:-30], "utf-8"),
        (ROWS.encode().replace("崎".encode()[:2], b"\xe5,"), "utf-8"),
        (ROWS.replace("﨑", "崎").encode().replace("崎".encode(), b"\xe5\xb4"), "utf-8"),
        ("C1,鈴木 夏,\r\n".encode().replace("夏".encode(), b"\xe5\xa4"), "utf-8"),
        (ROWS.encode("cp932"), "cp932"),
        (ROWS.encode("cp932")[:-10], "cp932"),
        (ROWS.encode("cp932").replace("花".encode("cp932"), b"\x89,"), "cp932"),
        (HALF_WIDTH.encode("cp932"), "cp932"),
        ("C1,熈 熙,\r\n".encode("cp932"), "cp932"),
        (ROWS.replace("髙﨑", "①高崎").encode("euc_jis_2004"), "EUC-JP"),
        (bytes(range(128, 256)) * 2 + bytes([0x80, 0xFD, 0xFE, 0xFF]) * 50, ""),
    ],
)
def test_an_encoding_is_told_by_most_of_the_text(data, told):
    assert told_by(data) == told


@given(st.text(st.characters(codec="cp932", min_codepoint=0x3041), min_size=4), st.data())
def test_damaged_utf_8_is_never_read_as_cp932(name, data):
    """Cut within any one of at least four characters, as by a column's width in bytes."""
    sound = [character.encode() for character in name]
    at = data.draw(st.integers(0, len(sound) - 1))
    cut = sound[at][: data.draw(st.integers(1, 2))]
    kanji = sum(bool(re.match("[\u3000-\u30ff\u4e00-\u9fff\uff00-\uff7f]", c)) for c in name)
    if kanji < 4:
        return
    assert told_by(b"".join([*sound[:at], cut, b",", *sound[at + 1 :]])) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_an_encoding_that_only_the_rows_show_is_found_behind_ascii_headers(tmp_path, encoding):
    mapping = mapping_with(
        tmp_path, '[columns]\nnumber = ["id"]\nname = ["name"]\nbirth_date = ["born"]\n'
    )
    ascii_rows = "1,a,19920402\r\n" * (2 * BLOCK_BYTES // 14)
    data = f"id,name,born\r\n{ascii_rows}2,髙﨑,19920402\r\n".encode(encoding)
    assert layout_of(tmp_path, data, mapping).codec == encoding
    assert layout_of(tmp_path, data[: len(ascii_rows)], mapping).codec == "utf-8"


def test_headers_are_found_in_any_order_spelling_and_company(tmp_path):
    headers = "備考,生年月日,電 話,ｎ,氏名,利用者ＩＤ,カナ,フリガナ,,\r\n"
    found = layout_of(tmp_path, headers.encode())
    assert found.positions == {
        Field.NUMBER: 5,
        Field.NAME: 4,
        Field.KANA: 6,
        Field.BIRTH_DATE: 1,
        Field.PHONE: 2,
    }
    assert found.ignored == ("備考", "ｎ", "フリガナ", "", "")
    assert found.width == 10


@pytest.mark.parametrize(
    ("headers", "code", "detail"),
    [
        ("氏名,生年月日\n", "missing_columns", "利用者番号"),
        ("氏名,名\n", "missing_columns", "利用者番号、生年月日"),
        ("番号,名\n", "no_headers", "「番号、名」"),
        ("一覧 \x07(2026/11/01),,,\n", "no_headers", "「一覧 (2026/11/01)」"),
        ("C1,別府,19920402\n", "no_headers", "利用者の行のようです"),
        (f"{'名' * 61}\n", "no_headers", f"「{'名' * 60}…」"),
        ("利用者番号,氏名,生年月日,氏 名\n", "twice", "氏 名"),
        ('利用者番号,"氏名\n', "quotes", ""),
        ("\n", "no_headers", "「」"),
        ("", "empty", ""),
        ("利用者番号,氏名,生年月日", "empty", ""),
        ("利用者番号,氏名,生年月日\rC1,別府,19920402\r", "line_ends", ""),
        (
            "利用者番号,\0氏名,生年月日\n",
            "encoding",
            "UTF-16（BOM なし）か、文字でないファイルのようです",
        ),
        ("x" * MAX_RECORD_BYTES, "record_too_long", ""),
        ("x\r" * MAX_RECORD_BYTES, "line_ends", ""),
    ],
)
def test_headers_that_cannot_be_used_refuse_the_file(tmp_path, headers, code, detail):
    with pytest.raises(FileRefused) as refused:
        layout_of(tmp_path, headers.encode())
    assert (refused.value.code, refused.value.detail) == (code, detail)


@pytest.mark.parametrize(
    "data",
    [
        text().encode("utf-16-le"),
        text().encode("utf-16-be"),
        text().encode("euc-jp"),
        bytes(1000),
    ],
)
def test_other_encodings_refuse_the_file(tmp_path, data):
    with pytest.raises(FileRefused) as refused:
        layout_of(tmp_path, data)
    assert (refused.value.code, refused.value.line) == ("encoding", 1)


def test_what_the_mapping_says_of_the_encoding_goes_before_the_bytes(tmp_path):
    mapping = mapping_with(
        tmp_path,
        'encoding = "cp932"\n[columns]\nnumber = ["番号"]\nname = ["名"]\nbirth_date = ["日"]\n',
    )
    assert layout_of(tmp_path, "番号,名,日\n".encode("cp932"), mapping).codec == "cp932"
    with pytest.raises(FileRefused):
        layout_of(tmp_path, "番号,名,日\n".encode(), mapping)
    assert layout_of(tmp_path, "番号,名,日\n".encode("utf-8-sig"), mapping).codec == "utf-8"


RECORDS = st.lists(
    st.lists(st.text(st.sampled_from('あA,"\n\r '), max_size=6), min_size=1, max_size=3),
    min_size=1,
    max_size=20,
)


@given(
    records=RECORDS,
    encoding=st.sampled_from(["utf-8", "cp932"]),
    end=st.sampled_from(["\r\n", "\n"]),
    at_once=st.integers(1, 60),
)
def test_blocks_hold_whole_records_and_all_of_them(records, encoding, end, at_once):
    stream = io.StringIO()
    csv.writer(stream, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(records)
    data = stream.getvalue().encode(encoding)
    found = list(blocks(Dribble(data, at_once)))
    assert b"".join(block.data for block in found) == data
    line, rows = 2, []
    for block in found:
        assert block.first_line == line
        line += block.data.count(b"\n")
        rows += csv.reader(io.StringIO(block.data.decode(encoding), newline=""), strict=True)
    assert rows == records


SIGNED = 'C1,4" パイプ,x\r\nC2,"一\r\n二",x\r\nC3,"a""b",x\r\nC4,5",x\r\n'


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_a_quote_within_a_cell_is_a_sign_wherever_a_block_ends(delimiter):
    data = SIGNED.replace(",", delimiter).encode("cp932")
    for at_once in range(1, len(data)):
        found = list(blocks(Dribble(data, at_once), delimiter=delimiter))
        assert b"".join(block.data for block in found) == data
        for block in found:
            lines = io.StringIO(block.data.decode("cp932"), newline="")
            assert all(len(row) == 3 for row in csv.reader(lines, delimiter=delimiter, strict=True))


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (b"\x1a", b"\x1a\n"),
        (b"\x1a\x1a\x1a\0\0", b"\x1a\n"),
        (b"C2,b\x1a", b"C2,b\n\x1a\n"),
    ],
)
def test_the_sign_of_a_file_s_end_stands_for_a_line_end(end, last):
    found = list(blocks(io.BytesIO(b"C1,a\r\n" + end)))
    assert [(block.first_line, block.data) for block in found] == [(2, b"C1,a\r\n"), (3, last)]


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (b"\0\0", "cut_off"),
        (b"C2,b\0", "cut_off"),
        (b"\x1aC2,b", "cut_off"),
        (b'C2,"b\x1a', "quotes"),
        (b'C2,5"', "cut_off"),
        (b"\x1a" + bytes(10 * MEGABYTE), "record_too_long"),
    ],
)
def test_what_only_looks_like_that_sign_is_a_file_that_was_cut_off(end, code):
    assert refusal(blocks(io.BytesIO(b"C1,a\r\n" + end))) == (code, 3)


@pytest.mark.parametrize(
    ("data", "accept_cut_off", "code", "line"),
    [
        (b"a,b\nc,d", False, "cut_off", 3),
        (b'a,b\nc,"d', False, "quotes", 3),
        (b'a,b\nc,"d', True, "quotes", 3),
        (b'a,b\nc,"d\ne,f\n', True, "quotes", 3),
        (b"a,b\nc," + b"d" * 10 * MEGABYTE + b"\n", False, "record_too_long", 3),
        (b"a,b\nc," + b"d" * 10 * MEGABYTE, True, "record_too_long", 3),
        (b'a,b\nc,"' + b"d\n" * 5 * MEGABYTE + b'"\n', False, "quotes", 3),
    ],
)
def test_a_record_without_an_end_refuses_the_file(data, accept_cut_off, code, line):
    assert refusal(blocks(io.BytesIO(data), accept_cut_off=accept_cut_off)) == (code, line)


def test_a_last_line_without_its_end_can_be_accepted():
    found = list(blocks(io.BytesIO(b"a,b\nc,d"), accept_cut_off=True))
    assert [(block.first_line, block.data) for block in found] == [(2, b"a,b\n"), (3, b"c,d")]


class Endless(io.RawIOBase):
    """A file of so many megabytes that is nowhere."""

    def __init__(self, megabytes: int, line: bytes) -> None:
        self._left = megabytes
        self._data = line * (MEGABYTE // len(line))

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        return self._data if self._left >= 0 else b""


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_of_any_size_is_read_in_little_memory():
    stream = Endless(200, b"C1,a,19920402\n")
    sizes = []
    peak = peak_of(lambda: sizes.extend(len(block.data) for block in blocks(stream)))
    assert sum(sizes) > 199 * MEGABYTE
    assert peak < 5 * MEGABYTE


@pytest.mark.parametrize(
    ("line", "code"), [(b"x" * 1024, "record_too_long"), (b'"' + b"x\n" * 500_000, "quotes")]
)
def test_a_record_of_any_size_is_refused_in_little_memory(line, code):
    refusals = []
    peak = peak_of(lambda: refusals.append(refusal(blocks(Endless(200, line)))))
    assert refusals == [(code, 2)]
    assert peak < 5 * MEGABYTE
