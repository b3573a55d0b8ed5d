"""What is found, in which order, and how it divides."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from hypothesis import given, settings

from bench.shelves import fill
from catalog.models import Record
from catalog.search import criteria as rules
from catalog.search import hits, panel
from catalog.search.criteria import read
from catalog.search.hits import find
from tests.catalog.shelves import a_record
from tests.catalog.test_criteria import ADDRESSES, asked

pytestmark = pytest.mark.django_db


def titles(**given) -> list[str]:
    found = find(read(asked(**given)))
    assert found.total == len(found.ids)
    by_id = Record.objects.in_bulk(found.ids)
    return [by_id[one].title for one in found.ids]


@pytest.fixture
def neko():
    return a_record(
        "吾輩は猫である",
        title_reading="ワガハイ ワ ネコ デ アル",
        volume="上",
        authors=["夏目, 漱石/ナツメ, ソウセキ"],
        publisher="岩波書店",
        series="日本の名作",
        subjects=["小説--日本"],
        isbns=["9784101010014"],
        ndc="913.6",
        description="名前のない猫が、大分の家を語る。",
    )


@pytest.mark.parametrize(
    "typed",
    [
        "吾輩は猫である",
        "猫",
        "輩は猫",
        "ワガハイ",
        "わがはいは".replace("いは", "いわ"),
        "わがはい　ねこ",
        "ﾜｶﾞﾊｲ",
        "夏目漱石",
        "夏目 漱石",
        "漱石　夏目",
        "そうせき なつめ",
        "夏目漱石 猫",
        "「吾輩は 猫」",
        "岩波書店",
        "日本の名作",
        "小説",
        "大分の家",
        "978-4-10-101001-4",
        "4101010013",
        "ISBN４－１０－１０１００１－３",
        "&猫|",
        "猫:* <-> !'\\",
        "\0猫",
    ],
)
def test_a_record_is_found_by_whatever_is_remembered_of_it(neko, typed):
    a_record("坊っちゃん", authors=["別の人"], isbns=["9784101010021"])
    assert titles(q=typed) == [neko.title]


@pytest.mark.parametrize(
    "typed",
    ["犬", "猫で輩", "夏目漱石 犬", "漱石夏目", "「猫 吾輩」", "4101010021", "書店岩波", "上ワガ"],
)
def test_what_does_not_stand_there_is_not_found(neko, typed):
    assert titles(q=typed) == []


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        ("髙村光太郎", "高村光太郎"),
        ("邊境", "辺境の国"),
        ("ヴァイオリン", "ゔぁいおりん入門"),
        ("Ｐｙｔｈｏｎ入門", "Python 入門"),
        ("cafe", "Café を開く"),
        ("C", "C 言語"),
        ("ハリーポッター", "ハリー・ポッターと賢者の石"),
        ('"norwegian wood"', "Norwegian Wood"),
    ],
)
def test_width_kana_variants_and_marks_do_not_matter(typed, stands):
    a_record(stands)
    assert titles(q=typed) == [stands]


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("わがはいはねこである", "ワガハイ ワ ネコ デ アル"),
        ("わがはいわねこである", "ワガハイ ワ ネコ デ アル"),
        ("わがはいはねこである", "ワガハイワ ネコ デ アル"),
        ("わがはいわねこである", "ワガハイ ハ ネコ デ アル"),
        ("とうきょうへいく", "トウキョウ エ イク"),
        ("とうきょうえいく", "トウキョウ エ イク"),
        ("みらいへのてがみ", "ミライ エノ テガミ"),
        ("まえへすすめ", "マエ エ ススメ"),
        ("かわはながれる", "カワ ワ ナガレル"),
        ("いきるとはなにか", "イキル トワ ナニカ"),
        ("こんにちは", "コンニチワ アカチャン"),
        ("ほんをよむ", "ホン オ ヨム"),
        ("はなぢ", "ハナジ ノ ハナシ"),
        ("つづく", "ミチ ワ ツズク"),
        ("せきがはら", "セキガハラ ノ タタカイ"),
    ],
)
def test_a_title_is_found_as_it_is_spelt_or_sounds(typed, reading):
    a_record("題", title_reading=reading)
    a_record("別", title_reading="ワナ エ ハナ")
    assert titles(q=typed) == ["題"]


@pytest.mark.parametrize("typed", ["はな", "わな"])
def test_what_only_sounds_like_a_particle_within_a_word_is_none(typed):
    a_record("題", title_reading={"はな": "ハナ", "わな": "ワナ"}[typed])
    a_record("別", title_reading={"はな": "ワナ", "わな": "ハナ"}[typed])
    assert titles(q=typed) == ["題"]


def test_the_signs_of_a_language_are_part_of_its_name():
    names = ["C++ 入門", "C# 入門", "C++17 の本", "Cats", "C 言語"]
    for name in names:
        a_record(name)
    assert set(titles(q="C++")) == {"C++ 入門", "C++17 の本"}
    assert titles(q="ｃ＃") == ["C# 入門"]
    assert set(titles(q="C")) == set(names)


def test_a_quoted_latin_phrase_is_one():
    a_record("Wood in Norwegian houses")
    assert titles(q="norwegian wood") == ["Wood in Norwegian houses"]
    assert titles(q='"norwegian wood"') == []


def test_the_same_title_then_a_beginning_then_title_author_subject_text():
    for title, said in (
        ("港の話", {"description": "こころの話。"}),
        ("港のほん", {"subjects": ["こころ"]}),
        ("港の人", {"authors": ["こころ"]}),
        ("港とこころと本", {}),
        ("こころの処方箋", {}),
        ("こころ", {}),
    ):
        a_record(title, **said)
    order = ["こころ", "こころの処方箋", "港とこころと本", "港の人", "港のほん"]
    assert titles(q="こころ") == [*order, "港の話"]


def test_equal_hits_are_ordered_by_year_and_what_is_asked_for():
    for year in (1990, None, 2020):
        a_record("猫の本", year=year, volume=str(year))
    years = {
        sort: [Record.objects.get(pk=one).year for one in find(read(asked(q="猫", sort=sort))).ids]
        for sort in ("best", "new", "old")
    }
    assert years["best"] == years["new"] == [2020, 1990, None]
    assert years["old"] == [1990, 2020, None]


def test_and_or_and_not_join_from_left_to_right():
    for title in ("猫と犬", "猫と鳥", "犬と鳥", "魚"):
        a_record(title)
    both = {"word1": "猫", "word2": "犬"}
    assert set(titles(**both)) == {"猫と犬"}
    assert set(titles(**both, operator2="or")) == {"猫と犬", "猫と鳥", "犬と鳥"}
    assert set(titles(**both, operator2="not")) == {"猫と鳥"}
    assert set(titles(**both, operator2="or", word3="鳥", operator3="not")) == {"猫と犬"}
    assert set(titles(word2="猫", operator2="not")) == {"犬と鳥", "魚"}


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("title", "吾輩"),
        ("title", "わがはい"),
        ("author", "漱石"),
        ("publisher", "岩波"),
        ("subject", "小説"),
        ("subject", "名作"),
        ("ndc", "913"),
        ("ndc", "９１３．６"),
        ("isbn", "4-10-101001-3"),
    ],
)
def test_a_field_finds_what_stands_in_it_and_nothing_else(neko, field, word):
    a_record("無題", description="吾輩 わがはい 漱石 岩波 小説 名作 913.6", ndc="013")
    assert titles(word1=word, field1=field) == [neko.title]


def test_a_class_of_letters_is_found_in_either_case():
    a_record("絵本", ndc="E")
    a_record("小説", ndc="913.6")
    assert titles(word1="E", field1="ndc") == titles(word1="ｅ", field1="ndc") == ["絵本"]


def test_an_isbn_that_is_none_finds_nothing(neko):
    assert titles(word1="4101010014", field1="isbn") == []
    assert titles(word1="猫", field1="isbn") == []


def test_each_limit_limits():
    a_record("あの本", material="daisy", language="eng", year=1999, ndc="913.6", at=["main"])
    a_record("その本", year=2020, ndc="210", for_children=True, at=["main/on_loan", "compal"])
    a_record("無所蔵の本")
    for limit, found in (
        ({"material": "daisy"}, "あ"),
        ({"material": ["daisy", "book"]}, "あそ無"),
        ({"language_of_text": "eng"}, "あ"),
        ({"class": "9"}, "あ"),
        ({"class": ["2", "9"]}, "あそ"),
        ({"year_from": "2000"}, "そ"),
        ({"year_to": "1999"}, "あ"),
        ({"year_from": "1999", "year_to": "1999"}, "あ"),
        ({"children": "1"}, "そ"),
        ({"branch": "main"}, "あそ"),
        ({"branch": "compal"}, "そ"),
        ({"available": "1"}, "あそ"),
        ({"available": "1", "branch": "main"}, "あ"),
        ({"branch": "nowhere"}, ""),
    ):
        assert {title[0] for title in titles(q="本", **limit)} == set(found), limit
        assert {title[0] for title in titles(**limit)} == set(found), limit


def test_a_deleted_record_is_not_found(neko):
    Record.objects.update(deleted_at=neko.added_at)
    assert titles(q="猫") == titles(q="吾輩は猫である") == titles(q="4101010013") == []


def test_pages_follow_each_other_and_one_beyond_the_last_still_counts():
    for number in range(45):
        a_record("猫の本", volume=str(number))
    pages = [find(read(asked(q="猫", page=str(page)))) for page in (1, 2, 3, 4)]
    assert [len(page.ids) for page in pages] == [20, 20, 5, 0]
    assert len({one for page in pages for one in page.ids}) == 45
    assert {page.total for page in pages} == {45}


def test_no_more_than_the_cap_are_counted(monkeypatch):
    for number in range(12):
        a_record("猫の本", volume=str(number))
    a_record("猫")
    monkeypatch.setattr(hits, "MOST", 10)
    found = find(read(asked(q="猫")))
    assert (found.total, found.has_more) == (10, True)
    # Cut off or not: the title itself is there, and first.
    assert Record.objects.get(pk=found.ids[0]).title == "猫"
    assert not find(read(asked(q="猫 本", word1="11"))).has_more


def test_the_newest_of_more_than_the_cap_are_there_in_their_order(monkeypatch):
    for number in range(30):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        a_record("猫の本", volume=str(number), added_at=at, year=1990 + number, language="jpn")
    a_record("犬の本", added_at=at + timedelta(days=1), year=2026)
    a_record("猫の本", volume="-1", year=None, added_at=datetime(2025, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(hits, "MOST", 10)
    volumes = dict(Record.objects.values_list("pk", "volume"))

    def shown(part=range(4), **given) -> list[int]:
        found = find(read(asked(q="猫", **given)), part)
        assert (found.total, found.has_more) == (10, True)
        return [int(volumes[one]) for one in found.ids]

    for sort in ("added", "new"):
        assert shown(sort=sort) == [29, 28, 27, 26]
        assert shown(range(4, 8), sort=sort) == [25, 24, 23, 22]
        assert shown(sort=sort, year_to="2010") == [20, 19, 18, 17]
    assert shown(sort="old") == [0, 1, 2, 3]
    # What was looked at is not enough: others follow, none twice.
    monkeypatch.setattr(hits, "_STEPS", 3)
    first, second, *others = shown(sort="added")
    assert (first, second) == (29, 28)
    assert len({first, second, *others}) == 4


def test_a_facet_promises_as_many_hits_as_its_link_finds():
    fill(400)
    a_record("日本の歴史", at=["main", "main", "compal", "tobu/on_loan"], ndc="210", year=2020)
    for limits in ({}, {"available": "1"}, {"branch": "main"}, {"class": "2"}, {"year_to": "2000"}):
        looked_for = read(asked(q="の", **limits))
        groups = panel.groups(looked_for, find(looked_for, with_facets=True).facets)
        assert groups
        for choice in (choice for group in groups for choice in group.choices):
            followed = find(read(QueryDict(choice.query)))
            assert followed.total == choice.hits, (limits, choice)
            assert choice.hits > 0


@settings(max_examples=60)
@given(ADDRESSES)
def test_every_address_is_answered(neko, given):
    looked_for = read(asked(**given))
    assert find(looked_for, with_facets=True).total >= 0
    assert looked_for.page <= rules.LAST_PAGE
