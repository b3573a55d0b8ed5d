"""Did you mean: one text that is there and nearly what was typed."""

import re

import pytest

from catalog.search.nearest import nearest
from tests.catalog.shelves import a_record

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("吾輩は犬である", "吾輩は猫である"),
        ("我輩は猫である", "吾輩は猫である"),
        ("吾輩は猫であ", "吾輩は猫である"),
        ("吾輩はは猫である", "吾輩は猫である"),
        ("福沢輸吉", "福沢諭吉"),
        ("福澤輸吉", "福沢諭吉"),
        ("ふくさわゆきち", "フクザワ ユキチ"),
        ("こころろ", "こころ"),
        ("norwegain wood", "Norwegian Wood"),
    ],
)
def test_a_slip_in_one_place_leads_to_what_was_meant(typed, meant):
    a_record("吾輩は猫である")
    a_record("福翁自伝", authors=["福沢諭吉/フクザワ ユキチ"])
    a_record("こころ")
    a_record("Norwegian Wood")
    a_record("吾輩は猫であると言った男の生涯とその時代")
    assert nearest(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "犬", "猫犬", "珍糞漢糞", "坊っちゃん", "吾輩の家", "輩", "猫" * 300, "&|!'", "zzzzzz"],
)
def test_where_nothing_is_near_nothing_is_suggested(typed):
    a_record("吾輩は猫である", authors=["夏目漱石"])
    assert nearest(typed) == ""


def test_the_page_suggests_what_is_there_as_a_link(client):
    a_record("吾輩は猫である", material="book")
    page = client.get("/catalog/search/", {"q": "吾輩は犬である", "material": "daisy"})
    text = page.content.decode()
    assert "もしかして" in text
    (link,) = re.findall(r'もしかして：<a href="([^"]+)"', text)
    assert "件</strong>" in client.get(f"/catalog/search/{link}").content.decode()
    assert "もしかして" not in client.get("/catalog/search/", {"q": "珍糞漢糞"}).content.decode()
