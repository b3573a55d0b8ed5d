import pytest
from django.core.mail import EmailMessage
from django.core.mail.message import sanitize_address
from hypothesis import given
from hypothesis import strategies as st

from characters.text import InvalidInput
from patrons import normalize

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=40)


def code_of(function, text):
    with pytest.raises(InvalidInput) as caught:
        function(text)
    return caught.value.code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("オオイタ", "オオイタ"),
        ("おおいた", "オオイタ"),
        ("ｵｵｲﾀ", "オオイタ"),
        ("ﾀﾞｲｺﾞ", "ダイゴ"),
        ("タ゛イコ゛", "ダイゴ"),
        ("は゜", "パ"),
        (" 　オオイタ　", "オオイタ"),
        ("\tオオイタ", "オオイタ"),
        ("マリア クリスティーナ", "マリア　クリスティーナ"),
        ("マリア　　クリスティーナ", "マリア　クリスティーナ"),
        ("ジョン･ポール", "ジョン・ポール"),
        ("ロ-ラ", "ローラ"),
        ("ロ－ラ", "ローラ"),
        ("ﾛｰﾗ", "ローラ"),
        ("ヴヰヱヶァ", "ヴヰヱヶァ"),
        ("ヷヸヹヺ", "ヷヸヹヺ"),
        ("わ゛ヲﾞ", "ヷヺ"),
        ("か゛", "ガ"),
        ("カﾞ", "ガ"),
        ("ウ゛", "ヴ"),
        ("サヽキ", "ササキ"),
        ("さゝき", "ササキ"),
        ("イスヾ", "イスズ"),
        ("みすゞ", "ミスズ"),
        ("カヽ゛ミ", "カガミ"),
        ("ハヽヽ", "ハハハ"),
        ("オオイタ\u200b", "オオイタ"),
        ("か\ufe0f\u3099", "ガ"),
        ("ゔゐゑ", "ヴヰヱ"),
    ],
)
def test_kana_is_stored_as_full_width_katakana(typed, stored):
    assert normalize.normalize_kana(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("　 ", "empty"),
        ("太郎", "character"),
        ("Taro", "character"),
        ("タロウ1", "character"),
        ("か〜", "character"),
        ("カ～", "character"),
        ("😀", "character"),
        ("ー", "not_kana"),
        ("ヽ", "character"),
        ("ーヾ", "character"),
        ("アヾ", "character"),
        ("ア゛", "character"),
        ("サ々キ", "character"),
        ("・", "not_kana"),
        ("-タロウ", "character"),
        ("<b>タ</b>", "character"),
        ("タ'; DROP TABLE patrons--", "character"),
        ("タ\nロ", "control_characters"),
        ("タ\x00", "control_characters"),
        ("タ\ud800", "control_characters"),
        ("タ\u2028ロ", "control_characters"),
        ("タ" * 101, "too_long"),
    ],
)
def test_what_is_not_kana_is_refused(typed, code):
    assert code_of(normalize.normalize_kana, typed) == code


@pytest.mark.parametrize(
    "typed", ["8700000", "870-0000", "８７０－００００", "〒870ー0000", "870 0000", " 870‐0000 "]
)
def test_a_postal_code_is_seven_digits(typed):
    assert normalize.normalize_postal_code(typed) == "8700000"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("〒", "empty"),
        ("87000", "too_few_digits"),
        ("87000000", "too_many_digits"),
        ("大分市", "character"),
        ("870-000O", "character"),
        ("八七〇〇〇〇〇", "character"),
        ("٨٧٠٠٠٠٠", "character"),
        ("---", "not_digits"),
        ("870\n0000", "control_characters"),
    ],
)
def test_what_is_not_a_postal_code_is_refused(typed, code):
    assert code_of(normalize.normalize_postal_code, typed) == code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0970000000", "0970000000"),
        ("097-534-6111", "0975346111"),
        ("097(534)6111", "0975346111"),
        ("０９７ー５３４ー６１１１", "0975346111"),
        ("090 1234 5678", "09012345678"),
        ("050−1234−5678", "05012345678"),
        ("+81 90-1234-5678", "09012345678"),
        ("+81(0)97-534-6111", "0975346111"),
        ("＋８１９０１２３４５６７８", "09012345678"),
        ("097～534～6111", "0975346111"),
        ("097〜534〜6111", "0975346111"),
        ("097_534_6111", "0975346111"),
        ("\u202d0975346111\u202c", "0975346111"),
        ("097\u200b5346111", "0975346111"),
        ("\t097\t534\t6111", "0975346111"),
    ],
)
def test_a_phone_number_is_ten_or_eleven_digits(typed, stored):
    assert normalize.normalize_phone(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("097-534-611", "too_few_digits"),
        ("097-534-61111", "too_many_digits"),
        ("090-1234-567", "too_few_digits"),
        ("9012345678", "phone_prefix"),
        ("0012345678", "phone_prefix"),
        ("+1 202 555 0100", "not_japanese"),
        ("090-1234-5678, 0975346111", "several_numbers"),
        ("097-534-6111 または 090 1234 5678", "several_numbers"),
        ("097-534-6111（内線123）", "extension"),
        ("097-534-6111 ext. 12", "extension"),
        ("0975346111#12", "extension"),
        ("0975346111x12", "extension"),
        ("電話なし", "character"),
        ("09012345678x", "character"),
        ("0901234\x005678", "control_characters"),
    ],
)
def test_what_is_not_a_japanese_phone_number_is_refused(typed, code):
    assert code_of(normalize.normalize_phone, typed) == code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("oita@oita.co.jp", "oita@oita.co.jp"),
        ("　oita@oita.co.jp ", "oita@oita.co.jp"),
        ("ｏｉｔａ＠ｏｉｔａ．ｃｏ．ｊｐ", "oita@oita.co.jp"),
        ("Taro.Oita@EXAMPLE.JP", "Taro.Oita@example.jp"),
        ("a..b.@ezweb.ne.jp", "a..b.@ezweb.ne.jp"),
        (".taro@docomo.ne.jp", ".taro@docomo.ne.jp"),
        ("o'brien+library@example.co.jp", "o'brien+library@example.co.jp"),
        ("taro@大分.jp", "taro@xn--kbrq7o.jp"),
        ("taro@らーめん.jp", "taro@xn--ebkp5a86a.jp"),
        ("abc−def@gmail.com", "abc-def@gmail.com"),
        ("abcーdef@oct–net.ne.jp", "abc-def@oct-net.ne.jp"),
        ('"a..b"@docomo.ne.jp', "a..b@docomo.ne.jp"),
        ("\u200babc@gmail.com", "abc@gmail.com"),
        ("abc@gmail.com\u200b\ufeff", "abc@gmail.com"),
        ("abc@docomo。ne。jp", "abc@docomo.ne.jp"),
        ("a" * 64 + "@example.jp", "a" * 64 + "@example.jp"),
    ],
)
def test_an_address_that_can_be_delivered_to_is_accepted(typed, stored):
    assert normalize.normalize_email(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("oita", "no_at"),
        ("a@b.jp,c@d.jp", "several_addresses"),
        ("a@b.jp;c@d.jp", "several_addresses"),
        ("a@b.jp;", "character"),
        ("a@@b.jp", "several_ats"),
        ("abc@docomo.ne,jp", "comma"),
        ("a、b@docomo.ne.jp", "comma"),
        ('"a b"@docomo.ne.jp', "quoted"),
        ('"a@b"@docomo.ne.jp', "quoted"),
        ("=?utf-8?q?a?=@b.jp", "bad_local_part"),
        ("a@b.jp、c@d.jp", "several_addresses"),
        ("a@b.jp c@d.jp", "several_addresses"),
        ("a b@c.jp", "spaces"),
        ("a　b@c.jp", "spaces"),
        ("a@b.jp\nBcc: c@d.jp", "control_characters"),
        ("a@b.jp\r\n", "control_characters"),
        ("a\x00@b.jp", "control_characters"),
        ("@b.jp", "bad_local_part"),
        ("太郎@b.jp", "character"),
        ("😀@b.jp", "character"),
        ("a" * 65 + "@b.jp", "local_part_length"),
        ("<a@b.jp>", "character"),
        ("a@b", "bad_domain"),
        ("a@b..jp", "bad_domain"),
        ("a@-b.jp", "bad_domain"),
        ("a@[127.0.0.1]", "character"),
        ("a@b_c.jp", "character"),
        ("a@127.0.0.1", "bad_domain"),
        ("a@b.jp.", "bad_domain"),
        ("a@" + ".".join(["b" * 62] * 4) + ".example", "too_long"),
        ("a@b.jp" * 200, "too_long"),
    ],
)
def test_an_address_that_cannot_be_delivered_to_is_refused(typed, code):
    assert code_of(normalize.normalize_email, typed) == code


@pytest.mark.parametrize("address", ["oita@oita.co.jp", "a..b.@ezweb.ne.jp", ".a@docomo.ne.jp"])
def test_a_mail_can_be_addressed_to_every_accepted_address(address, mailoutbox):
    message = EmailMessage("件名", "本文", "from@example.jp", [normalize.normalize_email(address)])
    assert message.message()["To"] == address
    assert sanitize_address(address, "utf-8") == address
    assert message.send() == 1


@pytest.mark.parametrize(
    "function",
    [
        normalize.normalize_kana,
        normalize.normalize_phone,
        normalize.normalize_postal_code,
        normalize.normalize_email,
    ],
)
@given(text=ANY_TEXT)
def test_what_is_accepted_is_stored_as_it_stays(function, text):
    try:
        stored = function(text)
    except InvalidInput:
        return
    assert function(stored) == stored
    assert not normalize.has_forbidden_characters(stored)


@given(text=ANY_TEXT)
def test_a_typed_patron_number_can_always_be_looked_up(text):
    number = normalize.normalize_patron_number(text)
    assert len(number) <= normalize.MAX_PATRON_NUMBER_LENGTH
    assert not normalize.has_forbidden_characters(number)


def test_a_patron_number_is_read_in_either_width():
    assert normalize.normalize_patron_number(" ８０００ ０２８　") == "8000028"
    assert normalize.normalize_patron_number("Ａ－１") == "A-1"
