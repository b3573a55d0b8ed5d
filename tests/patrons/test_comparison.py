"""What staff read of two people: each field in one of six words, no score."""

import pytest

from characters.text import is_one_slip
from patrons.matching.comparison import compare
from tests.patrons.people import applicant


def words(**changes: str) -> dict[str, str]:
    """Compare the manual's applicant with one who differs so."""
    compared = compare(applicant(), applicant(**changes))
    return {field.label: str(field.likeness.label) for field in compared}


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({}, "名前", "同じ"),
        ({"name": "大分太郎"}, "名前", "表記だけ違う"),
        ({"name": "大分　太朗"}, "名前", "1字違い"),
        ({"name": "大分　花子"}, "名前", "違う"),
        ({"name": ""}, "名前", "記録なし"),
        ({"first_name_kana": "タロオ"}, "名前カタカナ", "表記だけ違う"),
        ({"first_name_kana": "タロ"}, "名前カタカナ", "1字違い"),
        ({"first_name_kana": "ハナコ"}, "名前カタカナ", "違う"),
        ({"birth_date": "20130721"}, "生年月日", "1字違い"),
        ({"birth_date": "20131105"}, "生年月日", "違う"),
        ({"birth_date": "20137020"}, "生年月日", "1字違い"),
        ({"birth_date": "20130700"}, "生年月日", "わかる部分は同じ"),
        ({"birth_date": "20150720"}, "生年月日", "1字違い"),
        ({"postal_code": "8700001"}, "郵便番号", "1字違い"),
        ({"address": "大分県大分市金池南１－５－１"}, "住所", "表記だけ違う"),
        ({"address": "大分県別府市上野口町1番15号"}, "住所", "違う"),
        ({"phone": "0970000001"}, "電話番号", "1字違い"),
        ({"phone": "0907000000"}, "電話番号", "1字違い"),
        ({"phone": ""}, "電話番号", "記録なし"),
        ({"email": "OITA@oita.co.jp"}, "E-mail", "表記だけ違う"),
        ({"email": "oita@oita.ne.jp"}, "E-mail", "違う"),
    ],
)
def test_a_field_is_compared_in_a_word(changes, field, word):
    assert words(**changes)[field] == word


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("abc", "abc", False),
        ("abc", "abd", True),
        ("abc", "ab", True),
        ("abc", "xabc", True),
        ("abc", "acb", True),
        ("abc", "bac", True),
        ("abcd", "badc", False),
        ("abc", "cba", False),
        ("abc", "a", False),
        ("abc", "axd", False),
        ("", "a", True),
        ("", "", False),
        ("aab", "ab", True),
        ("abab", "baba", False),
    ],
)
def test_one_slip_is_one_character_or_two_neighbours(one, other, slip):
    assert is_one_slip(one, other) is slip
    assert is_one_slip(other, one) is slip
