"""The library system's file cut into blocks: encodings, headers, little memory."""

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons.transfer.columns import Field, Mapping, load_mapping
from patrons.transfer.reading import BLOCK_BYTES, MAX_RECORD_BYTES, FileRefused, blocks, read_layout
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
        ("番号,名\n", "missing_columns", "利用者番号、氏名、生年月日"),
        ("利用者番号,氏名,生年月日,氏 名\n", "twice", "氏 名"),
        ('利用者番号,"氏名\n', "quotes", ""),
        ("\n", "missing_columns", "利用者番号、氏名、生年月日"),
        ("", "empty", ""),
        ("利用者番号,氏名,生年月日", "empty", ""),
        ("利用者番号,氏名,生年月日\rC1,別府,19920402\r", "line_ends", ""),
        ("利用者番号,\0氏名,生年月日\n", "encoding", ""),
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
        text().encode("utf-16"),
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
