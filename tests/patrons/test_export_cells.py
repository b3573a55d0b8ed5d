import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cp932 import GETA, in_cp932
from staff.files import guard, unguard

DANGEROUS = "=+-@＝＋－＠\t\r\n"


@pytest.mark.parametrize("first", DANGEROUS)
@pytest.mark.parametrize("before", ["", "'", " ", "　 '"])
def test_a_formula_is_marked_as_text_and_comes_back(before, first):
    value = f"{before}{first}cmd|' /C calc'!A0"
    assert guard(value) == f"'{value}"
    assert unguard(guard(value)) == value


@pytest.mark.parametrize("value", ["", "0970000000", "'70年", "大分　太郎", "a=b", "オーイタ", "'"])
def test_an_ordinary_value_is_left_alone_in_both_directions(value):
    assert guard(value) == unguard(value) == value


@given(st.text(alphabet="'= a＠-\t0", max_size=6) | st.text(max_size=20))
def test_any_value_comes_back(value):
    guarded = guard(value)
    assert unguard(guarded) == value
    assert not guarded.strip(" 　") or guarded.strip(" 　")[0] not in DANGEROUS


@pytest.mark.parametrize("value", ["髙﨑", "①㈱ⅳ纊昻", "ｵｵｲﾀ", "大分県大分市金池南１丁目－５", ""])
def test_what_windows_has_is_written_as_it_is(value):
    assert in_cp932(value) == (value, "")
    assert value.encode("cp932").decode("cp932") == value


@pytest.mark.parametrize("code", [b"\xed\x95", b"\xfa\xb1"])
def test_nec_s_and_ibm_s_code_of_a_character_are_one(code):
    assert code.decode("cp932") == "﨑"


@pytest.mark.parametrize(
    ("value", "text", "lost"),
    [
        ("𠮷田", "〓田", "𠮷"),
        ("葛\U000e0100城", "葛城", "\U000e0100"),
        ("José", "Jos〓", "é"),
        ("𠮷\U000e0101é", "〓〓", "𠮷é\U000e0101"),
        ("か\u3099ハ\u309a", "がパ", ""),
        ("５－〜−—\xa0", "５－～－― ", ""),
    ],
)
def test_what_windows_lacks_is_replaced_visibly_and_told(value, text, lost):
    assert in_cp932(value) == (text, lost)


@given(st.text())
def test_no_text_breaks_cp932_and_nothing_is_lost_silently(value):
    written = in_cp932(value)
    read = written.text.encode("cp932").decode("cp932")
    assert read == written.text
    assert written.lost or GETA not in read.replace(GETA, "", value.count(GETA))
    assert "?" not in read.replace("?", "", value.count("?"))
