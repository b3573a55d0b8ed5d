"""One spelling for what is searched, and its bigrams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.folding import fold, isbn13, phrase, vector


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("サザエさん うちあけ話", "さざえさんうちあけばなし".replace("ばなし", "話")),
        ("ハリー・ポッター", "ﾊﾘｰﾎﾟｯﾀｰ"),
        ("吾輩は猫である", "ワガハイ".replace("ワガハイ", "吾輩ハ猫デアル")),
        ("髙村光太郎", "高村光太郎"),
        ("邊境", "辺境"),
        ("CAFÉ", "cafe"),
        ("Ｐｙｔｈｏｎ", "python"),
        ("が", "か゛"),
        ("文学（上）", "文学 上"),
        ("Python 入門", "Python入門"),
        ("C 言語", "Ｃ言語"),
        ("第 2 版", "第２版"),
        ("葛󠄀城", "葛城"),
        ("関ヶ原の戦い", "関ケ原の戦い"),
        ("五ヵ年", "五カ年"),
        ("はなぢ つづく", "ハナジ　ツズク"),
        ("本を読む", "ホンオヨム".replace("ホンオヨム", "本オ読ム")),
        ("ヷイオリン", "ヴァイオリン"),
        ("Ｃ＋＋ 入門", "c++入門"),
        ("a+b", "a b"),
        ("猫+犬 #1", "猫犬1"),
    ],
)
def test_spellings_of_one_text_are_one(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("か", "が"), ("は", "ぱ"), ("猫", "犬"), ("a b", "ab"), ("C++", "C"), ("C#", "C++")],
)
def test_other_texts_stay_apart(one, other):
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_is_total_and_idempotent(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert all(run and run.isprintable() for run in folded.split(" ") if folded)


def test_runs_are_apart_in_the_vector_and_texts_more():
    assert vector([("猫犬", "A"), ("ab c", "B")]) == "'猫犬':1A '犬':2A 'ab':5B 'b':6B 'c':8B"


@pytest.mark.parametrize(
    ("folded", "weights", "query"),
    [
        ("", "", ""),
        ("猫", "", "'猫':*"),
        ("猫", "A", "'猫':*A"),
        ("吾輩", "B", "'吾輩':B"),
        ("吾輩ハ", "", "'吾輩' <-> '輩ハ'"),
        ("ab cd", "", "'ab' <-> 'b' <2> 'cd'"),
        ("ab c", "D", "'ab':D <-> 'b':D <2> 'c':*D"),
    ],
)
def test_a_text_is_looked_for_as_a_phrase_of_its_pairs(folded, weights, query):
    assert phrase(folded, weights) == query


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("9784101010014", "9784101010014"),
        ("978-4-10-101001-4", "9784101010014"),
        ("ISBN 4101010013", "9784101010014"),
        ("４－１０－１０１００１－３", "9784101010014"),
        ("ISBN-13: 978‐4‐10‐101001‐4", "9784101010014"),
        ("080442957X", "9780804429573"),
        ("080442957x", "9780804429573"),
        ("9784101010015", ""),
        ("4101010010", ""),
        ("97841010100", ""),
        ("猫", ""),
        ("", ""),
    ],
)
def test_an_isbn_in_any_form(typed, number):
    assert isbn13(typed) == number
