"""How far two names agree: whatever the order, and never by a slip that makes another name."""

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench import names as samples
from patrons.matching.keys import is_certain, kana_key, name_key
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


# One person's name as the library has it and as the card says it.
ONE_KEY = [
    ("n01", "寳田　美枝", "宝田　美枝"),
    ("n03", "安部　尚", "安部　尙"),
    ("n04", "姫野　恵", "姬野　恵"),
    ("n06", "土田　実", "𡈽田　実"),
    ("n07", "脇田　実", "𦚰田　実"),
    ("n09", "千歳　勇", "千歲　勇"),
    ("n10", "三浦　強", "三浦　强"),
    ("n11", "本郷　実", "本鄉　実"),
    ("n13", "籠宮　実", "篭宮　実"),
    ("n15", "⻑谷川　実", "長谷川　実"),
    ("n17", "宜野　実", "冝野　実"),
    ("n21", "NGUYEN VAN AN", "ＮＧＵＹỄＮ　ＶĂＮ　ＡＮ"),
    ("n22", "三ケ尻　実", "三ヶ尻　実"),
    ("n24", "吉田　三郎", "𠮷田　三郎"),
    ("n25", "葛\U000e0100城　実", "葛城　実"),
    ("n27", "渡邉\U000e0102　実", "渡邊　実"),
    ("n28", "山碕　実", "山崎　実"),
    ("n30", "大分　花子（旧姓：別府）", "大分　花子"),
    ("n31", "大分　花子", "大分　花子（別府）"),
    ("n32", "李　英姫", "李　英姬"),
    ("n33", "廣瀬　実", "広瀬　実"),
    ("n35", "倶　実", "俱　実"),
    ("n36", "矢埜　実", "矢野　実"),
    ("n38", "飲酒盃　実", "飮酒盃　実"),
    ("n40", "冊子　実", "册子　実"),
    ("n41", "佐藤　聡", "佐藤　聰"),
    ("n44", "靭　実", "靱　実"),
    ("n45", "壷井　実", "壺井　実"),
    ("n47", "大分　産子", "大分　產子"),
]


@pytest.mark.parametrize(("case", "library", "card"), ONE_KEY)
def test_one_person_s_name_has_one_key(case, library, card):
    assert name_key(library) == name_key(card)
    assert compare_names(library, card) is SAME


KANA = [
    ("k01", ("ジョン", "スミス"), ("スミス", "ジョン")),
    ("k02", ("グエン", "ヴァン\u3000アン"), ("グエン\u3000バン", "アン")),
    ("k03", ("オオノ", "ケイコ"), ("オーノ", "ケーコ")),
    ("k04", ("ミヅノ", "チヅル"), ("ミズノ", "チズル")),
    ("k07", ("キム", "ヨンヒ"), ("キム", "ヨンヒー")),
    ("k09", ("ヲノ", "ヱミ"), ("オノ", "エミ")),
]


@pytest.mark.parametrize(("case", "library", "typed"), KANA)
def test_one_person_s_kana_agree(case, library, typed):
    assert compare_kana(library, typed) is (SLIP if case == "k07" else SAME)


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        # n18, n20
        ("〓田　太郎", "𠮷田　太郎", SLIP),
        ("JOHN SMITH", "ＳＭＩＴＨ　ＪＯＨＮ", SAME),
        # d01 to d04
        ("別府　花代", "大分　花代", GIVEN),
        ("双子　朝", "双子　夕", FAMILY),
        ("〓　太郎", "太郎", GIVEN),
        ("山田　〓", "山田　〓", SLIP),
        # An unknown character stands for one, and for only one in a name.
        ("山田　〓", "山田　宏", SLIP),
        ("?田　太郎", "吉田太郎", SLIP),
        ("山田　花\ue001", "山田　花子", SLIP),
        ("山田　〓", "山田　太郎", FAMILY),
        ("〓田　〓子", "山田　花子", NONE),
        ("大分　〓子", "別府　花子", NONE),
        ("〓〓　太郎", "山田　太郎", GIVEN),
        ("〓　〓", "山田　太郎", UNKNOWN),
        ("", "山田　太郎", UNKNOWN),
        ("\u3000", "", UNKNOWN),
        # Order, former names, aliases, scripts.
        ("花代　大分", "大分　花代", SAME),
        ("大分　花子（旧姓：別府）", "別府　花子", SAME),
        ("大分　花子　旧姓別府", "別府花子", SAME),
        ("大分　花子　旧姓：別府", "大分　花子", SAME),
        ("王　麗華（通称：山田　麗子）", "山田　麗子", SAME),
        ("王　麗華【山田　麗子】", "山田　麗華", GIVEN),
        ("SMITH JOHN / スミス　ジョン", "スミス・ジョン", SAME),
        ("佐藤　さくら", "佐藤　サクラ", SAME),
        ("グエン　ヴァン　アン", "アン　グエン　ヴァン", SAME),
        # Another given name: twins, siblings, parent and child.
        ("山田　太郎", "山田　次郎", FAMILY),
        ("山田　由美子", "山田　久美子", FAMILY),
        ("山田　太郎", "山田　健太郎", FAMILY),
        ("山田　さくら", "山田　さくこ", FAMILY),
        ("NGUYEN THI LAN", "NGUYEN THI HOA", FAMILY),
        ("SANTOS MARIA", "SANTOS MARIO", FAMILY),
        ("JOHN SMITH", "MARY SMITH", FAMILY),
        ("SMITH JOHN", "SMITH MARY", FAMILY),
        ("SMITH JOHN", "MARY SMITH", FAMILY),
        # One slip in the family name; a name of one character is another one.
        ("古田　太郎", "吉田　太郎", SLIP),
        ("小野田　太郎", "小野　太郎", SLIP),
        ("林　太郎", "森　太郎", GIVEN),
        ("阿部　太郎", "安倍　太郎", GIVEN),
        # Latin names: a letter, a middle name.
        ("MOHAMMAD ALI", "ALI MOHAMMED", SLIP),
        ("ANDREA ROSSI", "ANDREW ROSSI", FAMILY),
        ("SMITH JOHN ANDREW", "JOHN SMITH", SLIP),
        ("SANTOS MARIA CLARA", "TANAKA MARIA CLARA", GIVEN),
        # Without a space.
        ("大分花代", "大分　花代", SAME),
        ("別府花代", "大分　花代", GIVEN),
        ("大分太郎", "大分　花代", FAMILY),
        ("山田健太郎", "山田　太郎", FAMILY),
        ("大分太郎", "別府花代", NONE),
        ("JOHNSON", "JOHN SMITH", NONE),
        ("SMITH", "JOHN SMITH", FAMILY),
    ],
)
def test_how_far_two_names_agree(one, other, agreement):
    assert compare_names(one, other) is agreement
    assert compare_names(other, one) is agreement


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        (("オオイタ", "ユウキ"), ("オオイタ", "ユキ"), FAMILY),
        (("オオイタ", "ユーキ"), ("オオイタ", "ユキ"), FAMILY),
        (("オオイタ", "ショウ"), ("オオイタ", "ショ"), FAMILY),
        (("オオイタ", "アサ"), ("オオイタ", "ユウ"), FAMILY),
        (("オオイタ", "ヨウスケ"), ("オオイタ", "ユウスケ"), FAMILY),
        (("オオイタ", "リョウスケ"), ("オオイタ", "リュウスケ"), FAMILY),
        (("オオイタ", "ケンタロウ"), ("オオイタ", "シンタロウ"), FAMILY),
        (("オオイタ", "ハルカ"), ("オオイタ", "ハルキ"), FAMILY),
        (("オオイタ", "カスミ"), ("オオイタ", "カズミ"), FAMILY),
        (("オオイタ", "ショウコ"), ("オオイタ", "ショウゴ"), FAMILY),
        (("オオイタ", "ミナコ"), ("オオイタ", "ナミコ"), FAMILY),
        (("オオイタ", "カズヒコ"), ("オオイタ", "カスヒコ"), SLIP),
        (("オオイタ", "ヒロユキ"), ("オオイタ", "ヒユロキ"), SLIP),
        (("ベップ", "ヒロユキ"), ("オオイタ", "ヒユロキ"), GIVEN),
        (("ヤマサキ", "ハナ"), ("ヤマザキ", "ハナ"), SLIP),
        (("ハラ", "ハナ"), ("モリ", "ハナ"), GIVEN),
        (("ベップ", "ハナヨ"), ("オオイタ", "ハナヨ"), GIVEN),
        (("ハナヨ", "オオイタ"), ("オオイタ", "ハナヨ"), SAME),
        (("オオイタハナヨ", ""), ("オオイタ", "ハナヨ"), SAME),
        (("オオイタ　ハナヨ", ""), ("ベップ", "ハナヨ"), GIVEN),
        (("グエン", "ヴァン　アン"), ("アン", "グエン　バン"), SAME),
        (("マリア・クララ", "サントス"), ("サントス", "マリア　クララ"), SAME),
        (("ゲタ", "タロウ"), ("タロウ", ""), GIVEN),
        (("", ""), ("オオイタ", "ハナヨ"), UNKNOWN),
        (("オオイタ", "ハナヨ"), ("ベップ", "タロウ"), NONE),
    ],
)
def test_how_far_two_kana_agree(one, other, agreement):
    assert compare_kana(one, other) is agreement
    assert compare_kana(other, one) is agreement


@pytest.mark.parametrize("sex", [0, 1])
def test_no_two_given_names_of_a_list_agree(sex):
    """Brothers and sisters, twins among them, have any two of these names."""
    names = sorted({person for generation in samples.GIVEN[sex] for person in generation})
    for (kanji, kana), (other_kanji, other_kana) in combinations(names, 2):
        if name_key(kanji) != name_key(other_kanji):
            assert compare_names(f"双子　{kanji}", f"双子　{other_kanji}") is FAMILY
        if kana_key(kana) != kana_key(other_kana):
            assert compare_kana(("フタゴ", kana), ("フタゴ", other_kana)) is FAMILY
