"""The short way that most names and addresses take to their key gives what the long way gives."""

import sys
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.people import people
from characters.text import InvalidInput
from patrons import normalize
from patrons.matching import addresses, keys

NEVER = mock.Mock(fullmatch=lambda text: None)
ALWAYS = mock.Mock(search=lambda text: True)
_PIECES = """
大 字 大字 大分県 大分市 速見郡 日出町 玖珠郡 金池南 センター 一 二 十 〇 1 ２ - － ー ヶ ケ 々 髙
の 丁目 番 番地 番地の 号 号室 エ ェ オ ォ ユ ュ ウ ヴ ァ ヅ ッ A ａ ア か
"""
PIECES = st.lists(st.sampled_from([*_PIECES.split(), "\u3000", " ", "\ufe00"]), max_size=14).map(
    "".join
)
KEYS = {
    keys.name_key: "_PLAIN_NAME",
    keys.kana_key: "_PLAIN_KANA",
    addresses.address_key: "_PLAIN_ADDRESS",
}
TYPED = {
    normalize.normalize_kana: "_PLAIN_KANA_TYPED",
    normalize.normalize_phone: "_PLAIN_DIGITS",
    normalize.normalize_postal_code: "_PLAIN_DIGITS",
    normalize.normalize_email: "_PLAIN_EMAIL",
}


def long_way(key, pattern, text, module=None):
    with (
        mock.patch.object(module or sys.modules[key.__module__], pattern, NEVER),
        mock.patch.object(keys, "_LENGTHENING", ALWAYS),
    ):
        return key(text)


@pytest.mark.parametrize("key", KEYS)
@given(text=PIECES)
@example(text="ー大字１番")
@example(text="十大字二丁目3")
@example(text="一丁大字目５番６号")
@example(text="大分県大分県１丁目")
def test_a_key_is_the_same_by_both_ways(key, text):
    assert key(text) == long_way(key, KEYS[key], text)


def test_keys_of_people_are_the_same_by_both_ways():
    for person in people(2000):
        for key, column in zip(KEYS, ("name", "kana", "address"), strict=True):
            assert key(person[column]) == long_way(key, KEYS[key], person[column])


def outcome(normalise, text):
    try:
        return normalise(text)
    except InvalidInput as error:
        return error.code


@pytest.mark.parametrize("normalise", TYPED)
@given(
    text=st.text(st.sampled_from("0123456789-+ 81アーガ・\u3000ab.@-〒０"), max_size=24)
    | st.from_regex(r"0[0-9]{1,3}-?[0-9]{2,4}-?[0-9]{4}", fullmatch=True)
    | st.from_regex(r"[a-z.]{1,66}@[a-z-]{1,5}\.jp", fullmatch=True)
)
def test_a_typed_value_is_the_same_by_both_ways(normalise, text):
    assert outcome(normalise, text) == long_way(
        lambda typed: outcome(normalise, typed), TYPED[normalise], text, normalize
    )
