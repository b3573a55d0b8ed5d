"""The form 利用者情報登録: what is taken, what is converted, what is refused and how."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons.residency import decide
from registration.application.forms import FIELDS, RegistrationForm
from tests.registration.support import TARO, TYPED

OITA = decide(TARO.address)
TEXT_FIELDS = [name for name in FIELDS if name != "contact_method"]


def form(name=TARO.name, residency=OITA, **typed):
    return RegistrationForm(TYPED | typed, name=name, residency=residency)


def error(field, value, **options):
    filled = form(**{field: value}, **options)
    assert not filled.is_valid()
    assert list(filled.errors) == [field]
    return filled.errors[field][0]


def test_the_manuals_example_is_accepted_unchanged():
    filled = form()
    assert filled.is_valid(), filled.errors
    assert {name: filled.cleaned_data[name] for name in FIELDS} == TYPED


@pytest.mark.parametrize(
    ("field", "typed", "taken"),
    [
        ("last_name_kana", "おおいた", "オオイタ"),
        ("last_name_kana", "ｵｵｲﾀ", "オオイタ"),
        ("last_name_kana", "\u3000オオイタ ", "オオイタ"),
        ("first_name_kana", "ヴァレリー", "ヴァレリー"),
        ("postal_code", "８７０－０８３９", "8700839"),
        ("postal_code", "870-0839", "8700839"),
        ("postal_code", "〒870 0839", "8700839"),
        ("phone", "０９７−５３４−０００１", "0975340001"),
        ("phone", "090-1234-5678", "09012345678"),
        ("phone", "+81 97 534 0001", "0975340001"),
        ("email", "ｏｉｔａ＠ｏｉｔａ．ｃｏ．ｊｐ", "oita@oita.co.jp"),
        ("email", "taro..oita.@docomo.ne.jp", "taro..oita.@docomo.ne.jp"),
        ("contact_method", "phone", "phone"),
    ],
)
def test_what_people_type_is_converted(field, typed, taken):
    filled = form(**{field: typed})
    assert filled.is_valid(), filled.errors
    assert filled.cleaned_data[field] == taken


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("last_name_kana", "名前カタカナの「姓」を入力してください"),
        ("first_name_kana", "名前カタカナの「名」を入力してください"),
        ("postal_code", "郵便番号を入力してください"),
        ("phone", "電話番号を入力してください"),
        ("email", "E-mailを入力してください"),
        ("contact_method", "予約連絡方法を選んでください"),
    ],
)
@pytest.mark.parametrize("empty", ["", " ", "\u3000"])
def test_an_empty_field_is_asked_for(field, sentence, empty):
    value = "" if field == "contact_method" else empty
    assert error(field, value) == sentence


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize(
    "bad",
    [
        "あ" * 600,
        "1" * 600,
        "\x00",
        "オオ\x00イタ",
        "870\x070839",
        "a@b.jp\r\nBcc: c@d.jp",
        "\ud800",
        "😀",
        "' OR 1=1; DROP TABLE patrons_patron; --",
        "<script>alert(1)</script>",
        "{{ 7|add:7 }}",
        "%s%n",
        "大分",
    ],
)
def test_no_field_takes_nonsense(field, bad):
    sentence = error(field, bad)
    assert sentence.endswith(("ください", "窓口で登録できます", "（ひらがなも使えます）", "）"))
    assert "%(" not in sentence


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("last_name_kana", "Oita"),
        ("last_name_kana", "オオイタ1"),
        ("last_name_kana", "ア" * 101),
        ("postal_code", "870083"),
        ("postal_code", "87008391"),
        ("postal_code", "八七〇〇八三九"),
        ("phone", "110"),
        ("phone", "1234567890"),
        ("phone", "090123456789"),
        ("phone", "+1 212 555 0100"),
        ("email", "oita"),
        ("email", "oita@"),
        ("email", "@oita.co.jp"),
        ("email", "oita@oita"),
        ("email", "a@oita.co.jp,b@oita.co.jp"),
        ("email", "a@oita.co.jp b@oita.co.jp"),
        ("email", "a@oita.co.jp；b@oita.co.jp"),
        ("email", "大分@oita.co.jp"),
        ("email", "a" * 250 + "@oita.co.jp"),
        ("contact_method", "fax"),
        ("contact_method", "<b>"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field(field, bad):
    assert error(field, bad)


def test_several_addresses_are_told_apart_from_a_bad_one():
    assert error("email", "a@oita.co.jp, b@oita.co.jp") == "E-mailは、1つだけ入力してください"


@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_what_was_typed_is_kept_as_typed(field):
    typed = '<i>"😀'
    assert form(**{field: typed})[field].value() == typed


def test_what_cannot_be_shown_is_left_out_of_what_is_shown_again():
    assert form(phone="0\x00\ud8009")["phone"].value() == "09"


@pytest.mark.parametrize(
    ("name", "optional"),
    [
        ("大分\u3000太郎", False),
        ("大分 太郎", False),
        ("NGUYEN VAN AN", False),
        ("SUHARTO", True),
        ("大分太郎", True),
    ],
)
def test_the_given_name_kana_is_optional_only_for_names_in_one_word(name, optional):
    assert form(name=name, first_name_kana="").is_valid() is optional


def test_a_postal_code_of_another_municipality_names_the_cards_municipality():
    sentence = error("postal_code", "8740000", residency=OITA)
    assert "別府市" in sentence
    assert "マイナンバーカードの住所（大分市）" in sentence


def test_a_postal_code_that_does_not_exist_is_refused():
    assert "見つかりません" in error("postal_code", "0000001")


def test_an_unknown_postal_code_of_the_area_is_asked_about_once():
    unknown = "8709999"
    filled = form(postal_code=unknown)
    assert filled.is_valid()
    assert filled.questions["postal_code"].sentence == "この郵便番号でよろしいですか"
    assert filled.question_title == "郵便番号をご確認ください"
    again = form(postal_code=unknown, **filled.remembered)
    assert again.is_valid()
    assert not again.questions
    other = form(postal_code="8709998", **filled.remembered)
    assert other.questions


def test_a_likely_slip_of_an_address_is_asked_about_once():
    filled = form(email="abc@gmial.com")
    question = filled.questions["email"]
    assert question.sentence == "「gmial.com」は「gmail.com」の打ち間違いではありませんか"
    assert (question.offered, question.offer) == ("abc@gmail.com", "gmail.comに直す")
    assert filled.question_title == "E-mailをご確認ください"
    again = form(email=" ABC@gmial.com", **filled.remembered)
    assert again.questions
    again = form(email=" abc@GMIAL.com", **filled.remembered)
    assert not again.questions
    assert again.cleaned_data["email"] == "abc@gmial.com"
    mended = form(email="abc@gmial.com", email_answer=question.offered)
    assert mended.is_valid()
    assert not mended.questions
    assert mended.cleaned_data["email"] == "abc@gmail.com"


def test_nothing_is_asked_before_what_is_wrong_is_mended():
    wrong = form(email="abc@gmial.com", postal_code="8709999", phone="1")
    assert list(wrong.errors) == ["phone"]
    assert not wrong.questions
    assert not wrong.remembered
    both = form(email="abc@gmial.com", postal_code="8709999")
    assert list(both.questions) == ["postal_code", "email"]
    assert both.question_title == "入力内容をご確認ください"
    assert form(
        **both.remembered, email="abc@gmial.com", postal_code="8709999", phone="1"
    ).remembered


def test_what_is_answered_already_is_not_asked():
    data = TYPED | {"email": "abc@gmial.com"}
    assert RegistrationForm(data).questions
    assert not RegistrationForm(data, answered={"email": "abc@gmial.com"}).questions


@given(st.sampled_from(FIELDS), st.text(max_size=400))
def test_nothing_that_can_be_typed_raises(field, text):
    filled = form(**{field: text})
    filled.is_valid()
    str(filled[field])
