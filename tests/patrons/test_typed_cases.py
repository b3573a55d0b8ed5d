"""What people typed and pasted into forms like ours and were refused for, by its whole kind."""

import re
from inspect import getsource

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from characters.text import InvalidInput, named, without_unseen
from mylibrary.mynumber.views import OfferForm
from patrons import normalize
from patrons.admin import INPUT_MESSAGES
from patrons.residency import decide
from registration.application.forms import RegistrationForm
from tests.characters.test_visible import DEFAULT_IGNORABLE, code_points
from tests.registration.support import TARO, TYPED

UNSEEN = "".join(map(chr, code_points(DEFAULT_IGNORABLE)))
NORMALISERS = {
    "last_name_kana": normalize.normalize_kana,
    "postal_code": normalize.normalize_postal_code,
    "phone": normalize.normalize_phone,
    "email": normalize.normalize_email,
}


def filled(**typed) -> RegistrationForm:
    return RegistrationForm(TYPED | typed, name=TARO.name, residency=decide(TARO.address))


def told(field: str, value: str) -> str:
    form = filled(**{field: value})
    assert list(form.errors) == [field]
    return form.errors[field][0]


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("phone", "097-534-0000", "0975340000"),
        ("phone", "\u202d0975340000\u202c", "0975340000"),
        ("phone", "097\u200b5340000", "0975340000"),
        ("phone", "097～534～0000", "0975340000"),
        ("phone", "060-1234-5678", "06012345678"),
        ("phone", "+81(0)97-534-0000", "0975340000"),
        ("email", "taro..test.@docomo.ne.jp", "taro..test.@docomo.ne.jp"),
        ("email", '"a..b"@docomo.ne.jp', "a..b@docomo.ne.jp"),
        ("email", "\u200babc@gmail.com", "abc@gmail.com"),
        ("email", "abc@gmail.com\u200b", "abc@gmail.com"),
        ("email", "abc−def@gmail.com", "abc-def@gmail.com"),
        ("postal_code", "\u200b8700839", "8700839"),
        ("postal_code", "870ー0839", "8700839"),
        ("last_name_kana", "ヷ", "ヷ"),
        ("last_name_kana", "オオイタ\u200b", "オオイタ"),
        ("last_name_kana", "ｳﾞｧﾝ", "ヴァン"),
        ("last_name_kana", "サヽキ", "ササキ"),
    ],
)
def test_a_case_that_is_taken(field, typed, stored):
    form = filled(**{field: typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data[field] == stored


@pytest.mark.parametrize(
    ("field", "typed", "japanese", "english"),
    [
        (
            "phone",
            "090-1234-567",
            "数字が足りません",
            "Some digits of the telephone number are miss",
        ),
        ("phone", "097-534-00001", "数字が多すぎます", "too many digits"),
        ("phone", "097-534-0000 内線12", "内線番号は登録できません", "extension"),
        ("phone", "097-534-0000 / 090-1234-5678", "1つだけ", "one telephone number only"),
        ("phone", "097-534-OOOO", "「O」は使えません", "“O” cannot be used"),
        ("email", "abc@docomo.ne,jp", "「,」は使えません。「.」（ピリオド）に直して", "period"),
        ("email", "あ@docomo.ne.jp", "「あ」は使えません", "“あ” cannot be used"),
        ("email", '"a b"@docomo.ne.jp', '「"」で囲まずに', "quotation marks"),
        ("email", "abc@@gmail.com", "E-mailの「@」は、1つだけ", "only one @"),
        ("email", "abc.gmail.com", "「@」がありません", "There is no @"),
        ("email", "abc @gmail.com", "空白が入っています", "space"),
        ("email", "abc@gmail", "「@」の後ろ", "after the @"),
        ("postal_code", "870083", "数字が足りません", "too few digits"),
        ("postal_code", "大分", "「大」は使えません", "“大” cannot be used"),
        ("last_name_kana", "大イタ", "「大」は使えません", "“大” cannot be used"),
        ("last_name_kana", "オ\u0301", "「U+0301」は使えません", "“U+0301” cannot be used"),
        ("last_name_kana", "オ\x07", "改行などの使えない文字", "line break"),
    ],
)
def test_a_refusal_names_the_true_cause(field, typed, japanese, english):
    assert japanese in told(field, typed)
    with translation.override("en"):
        assert english in told(field, typed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("last_name_kana", "オオイタ"),
        ("last_name_kana", "マリア\u3000クリスティーナ"),
        ("last_name_kana", "サヽキ゛"),
        ("postal_code", "〒870-0839"),
        ("phone", "+81 (0)97-534-0000"),
        ("email", '"a..b"@docomo.ne.jp'),
        ("email", "taro@大分.jp"),
    ],
)
@given(data=st.data())
def test_what_nobody_sees_changes_nothing_wherever_it_stands(field, value, data):
    typed = "".join(data.draw(st.text(UNSEEN, max_size=2)) + one for one in value)
    typed += data.draw(st.text(UNSEEN, max_size=2))
    normalise = NORMALISERS[field]
    assert normalise(typed) == normalise(value)
    assert normalise(f"\t{typed}\t") == normalise(value)
    assert normalize.normalize_patron_number(typed) == normalize.normalize_patron_number(value)


def test_every_character_that_nobody_sees_is_left_out():
    assert without_unseen(f"a{UNSEEN}\u2800b") == "ab"
    assert without_unseen("葛が\u3099ー・\u3000 ①") == "葛が\u3099ー・\u3000 ①"


@pytest.mark.parametrize(
    ("character", "name"),
    [("あ", "あ"), ("\u200b", "U+200B"), ("\ue000", "U+E000"), ("\U000e0100", "U+E0100")],
)
def test_a_character_is_named_as_it_can_be_shown(character, name):
    assert named(character) == name


CODES = set(re.findall(r'InvalidInput\(\s*"(\w+)"', getsource(normalize))) | {
    "too_few_digits",
    "too_many_digits",
}


def test_every_code_is_explained_at_the_top_and_told_to_staff():
    explained = re.findall(r"^    (\w+)  ", normalize.__doc__, re.MULTILINE)
    assert sorted(explained) == sorted(CODES)
    of_other_fields = {"not_kana"}
    assert CODES - of_other_fields == set(INPUT_MESSAGES)


@pytest.mark.parametrize("field", NORMALISERS)
@given(
    text=st.text(st.sampled_from("0975340000-+,、@.\"#x内線あア・ー大A\u200b\n '%"), max_size=24)
    | st.text(max_size=24)
)
def test_whatever_is_refused_is_told_in_both_languages(field, text):
    try:
        NORMALISERS[field](text)
        return
    except InvalidInput:
        pass
    if field == "email" and text.strip() != text:
        return  # blanks around it are left out before
    japanese = told(field, text)
    with translation.override("en"):
        english = told(field, text)
    assert japanese != english
    for sentence in (japanese, english):
        assert sentence.strip()
        assert "%(" not in sentence.replace(text, "")


def test_the_phone_of_a_link_offer_is_judged_by_the_same_sentences():
    form = OfferForm({"phone": "090-1234-567"}, phone_needed=True)
    assert "数字が足りません" in form.errors["phone"][0]
