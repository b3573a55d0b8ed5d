"""What a MARC 21 record says, as the catalogue's columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc import Record

from catalog.importing.marc import LIMITS, Marc, Parsed, RecordRejected, clean
from catalog.importing.marc import parse as parse_marc
from catalog.models import Material
from catalog.search.folding import LAST_POSITION
from catalog.search.keys import keys_of
from tests.catalog.marc_files import NEKO, record


def parse(made: Record) -> Parsed:
    return parse_marc(Marc.of(made))


def test_a_record_of_japan_marc():
    parsed = parse(record("000012345678", *NEKO, fixed="       b          jpn  "))
    assert vars(parsed) == {
        "control_number": "000012345678",
        "is_deleted": False,
        "title": "吾輩は猫である",
        "title_reading": "ワガハイ ワ ネコ デ アル",
        "volume": "",
        "series": "新潮文庫",
        "contributors": [{"name": "夏目漱石", "reading": "ナツメ ソウセキ", "role": "著"}],
        "publisher": "新潮社",
        "year": 2003,
        "extent": "610p ; 16cm",
        "isbns": ["9784101010014"],
        "ndc": "913.6",
        "subjects": ["小説--日本"],
        "language": "jpn",
        "material": Material.BOOK,
        "for_children": False,
        "description": "猫が人間を語る。",
        "items": [
            {
                "number": "1001",
                "branch": "main",
                "shelf": "文庫",
                "call_number": "913.6 ナ",
                "state": "",
            }
        ],
        "shortened": [],
    }


@pytest.mark.parametrize(
    "links",
    [
        [],
        [("880", "6:245-02/(B|a:Romaji")],
        [("880", "6:245-03/$1|a:ホカ")],
        [("880", "6:246-02/$1|a:ホカ")],
        [("880", "6:245|a:ホカ")],
        [("880", "6:|a:ホカ")],
        [("880", "a:ホカ")],
        [("880", "6:245-00/$1|a:ホカ")],
    ],
)
def test_a_title_whose_reading_is_not_there_has_none(links):
    assert parse(record("S1", ("245", "6:880-02|a:題名"), *links)).title_reading == ""


@pytest.mark.parametrize("link", ["880", "880-", "-", "", "245-01", "880-01/$1/r"])
def test_a_link_that_is_none_is_no_obstacle(link):
    links = ("245", f"6:{link}|a:題名"), ("880", "6:245-02/$1|a:ダイメイ")
    assert parse(record("S1", *links)).title_reading == ""


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("a:坊っちゃん /", "坊っちゃん"),
        ("a:坊っちゃん :|b:小説 /", "坊っちゃん : 小説"),
        ("a:C++", "C++"),
        ("a:C +", "C"),
        ("a:  a\tb\nc  ", "a b c"),
        ("a:サザエさん　うちあけ話", "サザエさん　うちあけ話"),
        ("a:a\0b\x98c\x9cd\x1be", "abcde"),
        ("a:右\u202eから左", "右から左"),
        ("a:葛\U000e0100城", "葛\U000e0100城"),
    ],
)
def test_a_title_is_one_line_without_signs_between_elements(written, title):
    assert parse(record("S1", ("245", written))).title == title


@pytest.mark.parametrize(
    ("fields", "contributors"),
    [
        ([("100", "a:Orwell, George,")], [("Orwell, George", "")]),
        ([("700", "a:柳瀬, 尚紀|e:訳")], [("柳瀬尚紀", "訳")]),
        ([("700", "a:柳瀬, 尚紀|4:trl"), ("700", "a:柳瀬, 尚紀")], [("柳瀬尚紀", "訳")]),
        ([("100", "a:某|4:http://id.loc.gov/vocabulary/relators/ill")], [("某", "絵")]),
        ([("100", "a:ドストエフスキー, フョードル,")], [("ドストエフスキー・フョードル", "")]),
        ([("100", "a:エリオット, T. S.")], [("エリオット・T. S.", "")]),
        ([("100", "a:いとう, ひろし")], [("いとうひろし", "")]),
        ([("100", "a:ヨシタケ, しんすけ")], [("ヨシタケしんすけ", "")]),
        ([("110", "a:大分市|b:総務部")], [("大分市 総務部", "")]),
        ([("245", "a:題名|c:某 著")], [("某 著", "")]),
        ([("245", "a:題名|c:某 著"), ("700", "a:某")], [("某", "")]),
        ([("100", "d:1900-")], []),
    ],
)
def test_who_made_it(fields, contributors):
    parsed = parse(record("S1", *fields))
    assert [(one["name"], one["role"]) for one in parsed.contributors] == contributors


@pytest.mark.parametrize(
    ("fields", "publisher", "year"),
    [
        ([("260", "b:甲社,|c:c1998.")], "甲社", 1998),
        ([("264", "c:©1990", " 4"), ("264", "b:乙社|c:[1991]", " 1")], "乙社", 1991),
        ([("264", "b:丙社|c:２０１０", " 3")], "丙社", 2010),
        ([("260", "b:丁社|c:昭和25")], "丁社", 2003),
        ([("264", "b:戊社|c:1200円, 2001", " 1")], "戊社", 2001),
        ([("264", "b:戊社|c:2001.4, 1200 円", " 1")], "戊社", 2001),
        ([("264", "b:戊社|c:1998-2001, 1500p, ￥1800", " 1")], "戊社", 2001),
        ([("264", "b:戊社|c:2001, c1998", " 1")], "戊社", 2001),
        ([("264", "b:戊社|c:1200円", " 1")], "戊社", 2003),
        ([("260", "c:120031")], "", 2003),
        ([], "", 2003),
    ],
)
def test_who_published_it_and_when(fields, publisher, year):
    parsed = parse(record("S1", *fields, fixed=" "))
    assert (parsed.publisher, parsed.year) == (publisher, year)


def test_no_year_where_none_is_told():
    assert parse(record("S1")).year is None


@pytest.mark.parametrize(
    ("fields", "isbns"),
    [
        (["a:4101010013", "a:9784101010014"], ["9784101010014"]),
        (["a:978-4-10-101001-4 :|c:600円"], ["9784101010014"]),
        (["z:9784101010014"], []),
        (["a:9784101010015", "a:", "a: (セット)"], []),
    ],
)
def test_isbns(fields, isbns):
    assert parse(record("S1", *(("020", one) for one in fields))).isbns == isbns


@pytest.mark.parametrize(
    ("fields", "ndc"),
    [
        (["a:913.6|2:njb/09", "a:KH426|2:kktb"], "913.6"),
        (["a:913.6|2:njb/09", "a:913.68|2:njb/10"], "913.68"),
        (["a:913|2:ndc8"], "913"),
        (["a:813|2:23"], ""),
        (["a:291.09|a:290.9|2:njb/10"], "291.09"),
        (["a:291.09 290.9|2:njb/10"], "291.09"),
        (["a:絵本|a:9136|a:KH426|a:[k913.6]/ナ|a:726|2:ndc10"], "K913.6"),
        (["a:Ｅ|2:njb/10"], "E"),
        (["a:e|2:ndc"], "E"),
        (["2:njb/10"], ""),
        ([], ""),
    ],
)
def test_the_class_of_the_newest_edition(fields, ndc):
    assert parse(record("S1", *(("084", one) for one in fields))).ndc == ndc


@pytest.mark.parametrize(
    ("leader", "fixed", "fields", "material"),
    [
        ("am", "", [], Material.BOOK),
        ("am", "     d", [], Material.LARGE_PRINT),
        ("am", "     f", [], Material.BRAILLE),
        ("am", "     o", [], Material.ELECTRONIC),
        ("am", "", [("300", "a:3冊 (大活字本)")], Material.LARGE_PRINT),
        ("am", "", [("655", "a:LLブック")], Material.LL_BOOK),
        ("im", "", [("300", "a:DAISY 1枚")], Material.DAISY),
        ("im", "", [("655", "a:Ｄａｉｓｙ図書.")], Material.DAISY),
        ("am", "", [("245", "a:題名|h:[点字資料]")], Material.BRAILLE),
        ("am", "", [("338", "a:点字")], Material.BRAILLE),
        ("am", "", [("245", "a:点字の歴史")], Material.BOOK),
        ("am", "", [("245", "a:DAISY MILLER")], Material.BOOK),
        ("am", "", [("245", "a:LLブックを届ける|3:LLブック")], Material.BOOK),
        ("am", "", [("655", "a:点字の歴史"), ("655", "a:大活字本の作り方")], Material.BOOK),
        ("jm", "", [("245", "a:点字の歴史|h:[録音資料 (デイジー)]")], Material.DAISY),
        ("as", "   p", [], Material.MAGAZINE),
        ("as", "   n", [], Material.NEWSPAPER),
        ("jm", "", [], Material.SOUND),
        ("gm", "     d", [], Material.VIDEO),
        ("em", "     d", [], Material.MAP),
        ("em", "           f", [], Material.BRAILLE),
        ("cm", "", [], Material.MUSIC),
        ("mm", "", [], Material.ELECTRONIC),
        ("rm", "", [], Material.OTHER),
        ("  ", "", [], Material.OTHER),
    ],
)
def test_what_it_is_made_as(leader, fixed, fields, material):
    made = record("S1", *fields, leader=f"00000n{leader} a2200000 i 4500", fixed=fixed)
    assert parse(made).material == material


@pytest.mark.parametrize(
    ("leader", "audience", "for_children"),
    [
        ("am", "j", True),
        ("am", "d", False),
        ("am", "", False),
        ("as", "a", False),
        ("em", "a", False),
    ],
)
def test_books_for_children(leader, audience, for_children):
    made = record("S1", leader=f"00000n{leader} a2200000 i 4500", fixed=f"    {audience}")
    assert parse(made).for_children is for_children


@pytest.mark.parametrize(
    ("note", "state"), [("貸出中", "on_loan"), ("on_loan", "on_loan"), ("著者の署名あり", "")]
)
def test_the_note_of_an_item_may_be_its_state(note, state):
    (item,) = parse(record("S1", ("852", f"b:main|p:1|z:{note}"))).items
    assert item["state"] == (note if state else "")


def test_a_deleted_record_is_its_number_alone():
    parsed = parse(record("S1", *NEKO, leader="00000dam a2200000 i 4500"))
    assert (parsed.control_number, parsed.is_deleted, parsed.title) == ("S1", True, "")
    assert parsed.items == []


@pytest.mark.parametrize(
    ("made", "code", "number"),
    [
        (record(None), "no_control_number", ""),
        (record("  "), "no_control_number", ""),
        (record("1" * 41), "bad_control_number", ""),
        (record("1\0"), "bad_control_number", ""),
        (record("S1", title=None), "no_title", "S1"),
        (record("S1", title=" / "), "no_title", "S1"),
        (record("S1", title="\u200b"), "no_title", "S1"),
        (record("S1", ("245", "c:某")), "no_title", "S1"),
        (record("S1", ("200", "a:Titre"), title=None), "unimarc", "S1"),
        (record("S1", leader="00000nz  a2200000n  4500"), "no_bibliography", "S1"),
        (record("S1", leader="00000nx  a2200000   4500"), "no_bibliography", "S1"),
    ],
)
def test_a_record_that_cannot_be_taken_says_why(made, code, number):
    with pytest.raises(RecordRejected) as raised:
        parse(made)
    assert (raised.value.code, raised.value.control_number) == (code, number)


def test_endless_fields_are_cut_and_named():
    made = record(
        "S1",
        ("245", f"a:{'長' * 9000}|n:{'1' * 300}"),
        ("490", f"a:{'叢' * 900}"),
        ("300", f"a:{'頁' * 900}"),
        ("084", f"a:913.{'9' * 90}|2:njb/10"),
        ("100", f"a:{'名' * 900}"),
        *(("653", f"a:件名{number}") for number in range(300)),
    )
    parsed = parse(made)
    assert set(parsed.shortened) == {
        *("title", "volume", "series", "extent", "ndc", "contributors", "subjects")
    }
    assert len(parsed.title) == LIMITS["title"]
    assert len(parsed.subjects) == 200


def test_the_vector_of_the_longest_record_fits():
    subjects = [
        ("653", "a:" + "".join(map(chr, range(0x4E00 + n, 0x4E00 + n + 400))))
        for n in range(0, 20000, 150)
    ]
    grams = keys_of(parse(record("S1", *subjects))).grams
    assert len(grams.encode()) < 1 << 20
    assert f":{LAST_POSITION}C" in grams


@given(st.text())
def test_what_is_kept_can_be_stored_and_sent_on(text):
    kept = clean(text)
    assert clean(kept) == kept
    kept.encode("utf-8")
    assert not any(c < " " or c in "\x7f\ufffe\uffff" for c in kept)
