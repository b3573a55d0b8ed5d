"""How far two names agree: whatever the order, and never by a slip that makes another name."""

from hypothesis import example, given
from hypothesis import strategies as st

from patrons.matching.keys import is_certain, name_key
from patrons.matching.names import NameAgreement, compare_kana, compare_names

SAME, SLIP, GIVEN, FAMILY, NONE, UNKNOWN = (
    NameAgreement(value) for value in ("same", "slip", "given", "family", "none", "unknown")
)
_PIECES = """
髙 高 橋 太 郎 次 子 〓 ? \ue001 （ ） ( 」 旧姓 通称 ： / 々 ー ア イ ガ カ ユ ウ さ JOHN SMITH
Ễ ø ・ , -
"""
PIECES = st.lists(
    st.sampled_from([*_PIECES.split(), "\u3000", "\u0301", "\ufe00"]), max_size=10
).map("".join)
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=30) | PIECES
ANY_KANA = st.tuples(ANY_TEXT, ANY_TEXT)


@given(one=ANY_TEXT, other=ANY_TEXT)
@example(one="", other="〓")
@example(one="（", other="（旧姓：")
def test_any_two_names_compare_alike_in_both_orders(one, other):
    assert compare_names(one, other) is compare_names(other, one)
    if is_certain(name_key(one)):
        assert compare_names(one, one) in (SAME, UNKNOWN)


@given(one=ANY_KANA, other=ANY_KANA)
def test_any_two_kana_compare_alike_in_both_orders(one, other):
    assert compare_kana(one, other) is compare_kana(other, one)
    assert compare_kana(one, one) in (SAME, UNKNOWN)
