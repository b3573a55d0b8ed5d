"""Records from files: whole ones, broken ones, and what is no MARC at all."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymarc import Field, Indicators, MARCReader, Record, Subfield

from catalog.importing import reading
from catalog.importing.items import FileRefused, items
from catalog.importing.marc import TAGS, Marc, RecordRejected, parse
from catalog.importing.reading import records
from catalog.management.commands.import_catalog import REASONS, REFUSALS
from tests.catalog.marc_files import NEKO, XML, iso, record, xml

MADE = [record(f"S{number}", title=f"題名{number}") for number in range(1, 4)]
ONE, TWO, THREE = (iso(one) for one in MADE)


@pytest.fixture
def read(tmp_path):
    """Return `read(data)`: of each record its title, or why there is none."""
    path = tmp_path / "records"

    def run(data: bytes) -> list[str | tuple[str, str]]:
        path.write_bytes(data)
        found = list(records(path))
        assert [one.position for one in found] == list(range(1, len(found) + 1))
        shares = [one.share for one in found]
        assert shares == sorted(shares)
        assert not shares or 0 < shares[-1] <= 1
        return [_told(one.record) for one in found]

    return run


def _told(found: Record | RecordRejected) -> str | tuple[str, str]:
    if isinstance(found, RecordRejected):
        assert REASONS[found.code]
        return (found.code, found.control_number)
    try:
        return parse(found).title
    except RecordRejected as rejected:
        return (rejected.code, rejected.control_number)


def read_or_refused(read, data: bytes) -> bool:
    try:
        return bool(read(data))
    except FileRefused as refused:
        return refused.code in ("empty", "not_marc", "bad_xml")


def refusal(read, data: bytes) -> str:
    with pytest.raises(FileRefused) as raised:
        read(data)
    assert REFUSALS[raised.value.code]
    return raised.value.code


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\0" * 300_000, b"\x1a"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\n"])
def test_what_stands_between_records_is_passed_over(read, before, between):
    data = before + between.join([ONE, TWO, THREE]) + between
    assert read(data) == ["題名1", "題名2", "題名3"]


def test_a_file_of_many_chunks(read):
    # Lengths that let records end at every place of a chunk.
    made = [
        record(f"S{n}", ("520", "a:" + "長" * (n * 37 % 3000)), title=f"{n}") for n in range(400)
    ]
    data = iso(*made)
    assert len(data) > 3 * reading.CHUNK
    assert read(data) == [str(n) for n in range(400)]
    assert read(xml(*made)) == [str(n) for n in range(400)]


@given(data=st.data())
@settings(max_examples=200)
def test_what_pymarc_reads_is_what_is_read(tmp_path, data):
    text = st.text(st.characters(codec="utf-8", exclude_characters="\x1d\x1e\x1f"), max_size=20)
    made = record("S1", title=None)
    for tag in data.draw(st.lists(st.sampled_from(sorted(TAGS)), max_size=12)):
        if tag < "010":
            made.add_field(Field(tag, data=data.draw(text)))
            continue
        pairs = data.draw(st.lists(st.tuples(st.sampled_from("abc69"), text), max_size=4))
        signs = data.draw(st.sampled_from(["  ", "1 ", " 4", "10"]))
        made.add_field(Field(tag, Indicators(*signs), [Subfield(*pair) for pair in pairs]))
    path = tmp_path / "records"
    path.write_bytes(iso(made))
    (found,) = records(path)
    with path.open("rb") as stream:
        (other,) = MARCReader(stream)
    other.fields = [one for one in other.fields if "/(B" not in (one.get("6") or "")]
    assert found.record == Marc.of(other)


def test_both_forms_are_the_same(tmp_path):
    made = record("S1", *NEKO)
    for name, data in (("iso", iso(made)), ("xml", xml(made))):
        (tmp_path / name).write_bytes(data)
    one, two = (next(records(tmp_path / name)).record for name in ("iso", "xml"))
    assert parse(one) == parse(two)
    assert parse(one).title_reading


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (ONE.replace(b"00", b"0x", 1), ("broken", "S1")),
        (b"99999" + ONE[5:], ("broken", "S1")),
        (b"00001" + ONE[5:], ("broken", "S1")),
        (ONE[:12] + b"xxxxx" + ONE[17:], ("broken", "")),
        (ONE[:12] + b"00000" + ONE[17:], ("broken", "")),
        (ONE[:12] + b"99999" + ONE[17:], ("broken", "")),
        (ONE[:27] + b"9999" + ONE[31:], ("broken", "")),
        (ONE.replace(b"\x1e\x1d", b" \x1d"), ("broken", "S1")),
        (ONE.replace(b"\x1fa", b"\x1f\xe9", 1), ("bad_utf8", "S1")),
        (ONE.replace("題".encode(), b"\xe9\x41\x42"), ("bad_utf8", "S1")),
        (b"00026" + b" " * 19 + b"\x1e\x1d", ("broken", "")),
        (b"no record\x1d", ("broken", "")),
    ],
)
def test_a_broken_record_is_told_and_the_next_one_read(read, broken, told):
    assert read(TWO + broken + THREE) == ["題名2", told, "題名3"]


@pytest.mark.parametrize("length", [1, 5, 12, 24, 60, len(ONE) - 1])
def test_a_file_that_is_cut_off_keeps_what_is_whole(read, length):
    *found, last = read(TWO + ONE[:length])
    assert found == ["題名2"]
    assert last[0] == "cut_off"
    if length > 6:
        assert read(ONE[:length]) == [last]


def test_what_is_in_front_of_records_is_one_broken_record(read):
    assert read(b"garbage" + ONE + TWO) == [("broken", ""), "題名2"]


def test_a_broken_record_longer_than_any_is_passed_over(read):
    assert read(ONE + b"x" * 1_000_000 + b"\x1d" + TWO) == ["題名1", ("broken", ""), "題名2"]
    assert read(ONE + b"x" * 1_000_000) == ["題名1", ("cut_off", "")]


def _marc8(text: bytes, leader_9: bytes = b" ") -> bytes:
    data = iso(record("S9", title="@@@@@@")).replace(b"@@@@@@", text)
    assert len(text) == 6
    return data[:9] + leader_9 + data[10:]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (_marc8(b"caf\xe2e "), ("not_utf8", "S9")),
        (_marc8(b"\x1b$1!0a"), ("not_utf8", "S9")),
        (_marc8(b"\x82\xa0\x82\xa2\x82\xa4"), ("not_utf8", "S9")),
        (_marc8(b"caf\xe2e ", b"a"), ("bad_utf8", "S9")),
        (_marc8(b"abcdef"), "abcdef"),
        # UTF-8 of a program that forgot to say so.
        (_marc8("猫犬".encode()), "猫犬"),
    ],
)
def test_encodings(read, data, told):
    assert read(data) == [told]


def test_unimarc_in_another_encoding_is_called_so(read):
    made = record("S9", ("200", "a:@@@@@@"), title=None)
    data = iso(made).replace(b"@@@@@@", b"caf\xe2e ")
    assert read(data) == [("unimarc", "S9")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n \0", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        ("書名,著者\n猫,夏目\n".encode(), "not_marc"),
        (b"12345,67890,12345\n", "not_marc"),
        ("題名".encode("utf-16"), "not_marc"),
        (b"\x1f\x8b\x08\x00abcdefghijklmnop", "not_marc"),
        (b"<html><body>404</body></html>", "not_marc"),
        (XML.format("").encode(), "empty"),
        (XML.format("<record>").encode(), "bad_xml"),
        (xml(*MADE)[:-20], "bad_xml"),
        (b'<?xml version="1.0" encoding="shift_jis"?><collection/>', "bad_xml"),
        (b'<?xml version="1.0" encoding="foo"?><collection/>', "bad_xml"),
        (XML.format("\x00").encode(), "bad_xml"),
        (XML.format("<record>&#0;</record>").encode(), "bad_xml"),
        (XML.format("&unknown;").encode(), "bad_xml"),
        (b"<collection>\xff</collection>", "bad_xml"),
        (b"<!DOCTYPE collection><collection/>", "bad_xml"),
        (
            b'<!DOCTYPE c [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><collection>&b;</collection>',
            "bad_xml",
        ),
        (b'<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><c>&a;</c>', "bad_xml"),
        (b'<collection a="' + b"x" * (9 << 20), "bad_xml"),
    ],
)
def test_a_file_of_something_else_is_refused(read, data, code):
    assert refusal(read, data) == code


def _xml(inner: str) -> bytes:
    return XML.format(f"<record>{inner}</record>{{}}").format("").encode()


TITLE = '<datafield tag="245" ind1=" " ind2=" "><subfield code="a">題名</subfield></datafield>'
NUMBER = '<controlfield tag="001">S1</controlfield>'
LEADER = "<leader>     nam a22      i 4500</leader>"


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        (LEADER + NUMBER + TITLE, "題名"),
        (NUMBER + TITLE, "題名"),
        (NUMBER + "<leader>nam</leader>" + TITLE, ("broken", "S1")),
        (NUMBER + TITLE.replace(' tag="245"', ""), ("broken", "S1")),
        (NUMBER + TITLE.replace(' code="a"', ""), ("broken", "S1")),
        (NUMBER + TITLE.replace("245", "9" * 5000), ("broken", "S1")),
        (NUMBER + TITLE.replace("245", "001") + TITLE, "題名"),
        (NUMBER + f"<x>{'長' * reading.LONGEST_XML}</x>" + TITLE, ("too_long", "S1")),
        (NUMBER + TITLE * 10_000, ("too_long", "S1")),
        (NUMBER + TITLE + '<other xmlns="http://example.jp/">x<record/></other>', "題名"),
    ],
)
def test_a_record_in_xml_that_is_broken_is_told_and_the_next_one_read(read, inner, told):
    data = XML.format(f"<record>{inner}</record><record>{NUMBER}{TITLE}</record>").encode()
    assert read(data) == [told, "題名"]


def test_records_of_a_harvest_are_found_within_other_records(read):
    inner = XML.format(f"<record>{NUMBER}{TITLE}</record>")
    data = (
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><record>{inner}</record></OAI-PMH>'
    )
    assert read(data.encode()) == ["題名"]


def test_a_prefix_and_an_encoding_of_xml(read):
    data = (
        xml(*MADE)
        .decode()
        .replace("<", "<m:")
        .replace("<m:/", "</m:")
        .replace("xmlns=", "xmlns:m=")
    )
    assert read(data.encode()) == ["題名1", "題名2", "題名3"]
    assert read(b'<?xml version="1.0" encoding="iso-8859-1"?>' + _xml(NUMBER + TITLE)) != ["題名"]


def test_mutated_bytes_are_never_more_than_broken(read):
    chance = random.Random(7)
    good = iso(record("S1", *NEKO), *MADE)
    for _ in range(1000):
        data = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 5, 30))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        del data[chance.randrange(len(data)) :][: chance.choice((0, 0, 0, 900))]
        assert read_or_refused(read, bytes(data))


def test_mutated_xml_is_never_more_than_broken(read):
    chance = random.Random(7)
    good = xml(record("S1", *NEKO), *MADE)
    for _ in range(500):
        data = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 5))):
            data[chance.randrange(len(data))] = chance.choice(b'<>/&;"=a0 \x00\xff\x1d\n')
        assert read_or_refused(read, bytes(data))


@pytest.fixture
def read_items(tmp_path):
    path = tmp_path / "items.csv"

    def run(data: bytes) -> list[tuple[int, dict[str, str]]]:
        path.write_bytes(data)
        return list(items(path))

    return run


@pytest.mark.parametrize(
    "headers", ["control_number,number,branch,備考,state", "書誌番号,資料番号,館, 備考 ,状態"]
)
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_items_of_a_csv_file(read_items, headers, bom):
    data = f'{headers}\r\nS1, 1001 ,main,x,貸出中\r\n\r\nS2,1002,"ma\r\nin",,\r\n'
    ((first, one), (second, two)) = read_items(bom + data.encode())
    assert (first, second) == (2, 5)
    told = {"control_number": "S1", "number": "1001", "branch": "main", "state": "貸出中"}
    assert one == told
    assert two["branch"] == "ma\r\nin"


def test_a_line_of_another_length_is_no_item(read_items):
    data = b"control_number,number,branch\nS1,1\nS1,1,main,x\n"
    assert [cells.get("wrong") for _, cells in read_items(data)] == ["columns", "columns"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "items_empty"),
        (b"control_number,number\n", "columns"),
        (b"S1,1,main\n", "columns"),
        (b"control_number,number,branch,number\n", "columns_twice"),
        ("control_number,number,branch,資料番号\n".encode(), "columns_twice"),
        ("書誌番号,資料番号,館\n".encode("cp932"), "items_not_utf8"),
        (b'control_number,number,branch\n"S1,1,main\n', "bad_csv"),
        (b'control_number,number,branch\n"S1"x,1,main\n', "bad_csv"),
        (b"control_number,number,branch\n" + b"x" * 200_000, "bad_csv"),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_refused(read_items, data, code):
    with pytest.raises(FileRefused) as raised:
        read_items(data)
    assert REFUSALS[raised.value.code]
    assert raised.value.code == code
