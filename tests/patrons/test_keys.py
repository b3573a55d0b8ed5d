import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import normalize
from patrons.matching import addresses, keys
from patrons.matching.variants import FOLDED

KEYS = [keys.name_key, keys.kana_key, addresses.address_key, keys.email_key]
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=60)
JAPANESE = st.text(
    st.sampled_from(
        "髙高﨑崎邉々ゝヾ（〓?）ヶ𠮷ーァアオウエイヴヅヲヂ゛ﾞｶか\U000e0101\ufe00 　・-－1１"
        "丁目番地の号十二"
    ),
    max_size=30,
)


@pytest.mark.parametrize("key", KEYS)
@given(text=ANY_TEXT | JAPANESE)
def test_a_key_is_idempotent_bounded_and_never_raises(key, text):
    once = key(text)
    assert key(once) == once
    assert len(once) <= normalize.MAX_EMAIL_LENGTH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("大分　太郎", "大分 太郎"),
        ("大分　太郎", "大分太郎"),
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("濵田", "浜田"),
        ("濱田", "浜田"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("渡邉\U000e0102", "渡邉"),
        ("齋藤", "斉藤"),
        ("齊藤", "斎藤"),
        ("𠮷田", "吉田"),
        ("廣瀨", "広瀬"),
        ("櫻井 眞德", "桜井　真徳"),
        ("神田 晴", "神田 晴"),
        ("佐々木", "佐佐木"),
        ("ＪＯＨＮ ＳＭＩＴＨ", "John Smith"),
        ("O'BRIEN-LEE", "OBRIEN LEE"),
        ("鎌ヶ谷", "鎌ケ谷"),
        ("NGUYEN VAN AN", "ＮＧＵＹỄＮ　ＶĂＮ　ＡＮ"),
        ("Đặng Søren", "DANG SOREN"),
        ("ŁUKASZ MÆRSK", "LUKASZ MAERSK"),
        ("大分　花子（旧姓：別府）", "大分　花子"),
        ("大分　花子【別府 花子】", "大分花子"),
        ("大分　花子（別府", "大分花子"),
        ("JOHN SMITH [ジョン〔旧〕]", "John Smith"),
        ("みすゞ", "みすず"),
        ("サヽキ", "ササキ"),
        ("か゛く", "がく"),
        ("〓田", "\ue001田"),
        ("?田", "\U0010fffd田"),
    ],
)
def test_one_person_s_name_has_one_key(one, other):
    assert keys.name_key(one) == keys.name_key(other)


@pytest.mark.parametrize(
    ("name", "certain"),
    [("山田　宏", True), ("山田　〓", False), ("山田　\ue001", False), ("NGUY?N", False)],
)
def test_a_name_with_a_character_nobody_can_read_is_not_certain(name, certain):
    assert keys.is_certain(keys.name_key(name)) is certain


@given(name=JAPANESE)
def test_each_character_of_cp932_s_private_use_is_an_unknown_one(name):
    private = bytes([0xF0, 0x40, 0xF9, 0xFC]).decode("cp932")
    key = keys.name_key(private + name)
    assert key.startswith(2 * keys.UNKNOWN_SIGN)
    assert not keys.is_certain(key)


SAMPLES = {
    keys.name_key: (
        "髙橋　𠮷郎",
        "佐々木 邉",
        "鎌ヶ谷 ミヶ",
        "O'BRIEN-LEE",
        "ＪＯＨＮ",
        "・",
        "ĐØ〓\ue001（旧）",
    ),
    keys.kana_key: (
        "オオイタ　タロー",
        "ヴィクトル",
        "おおつヅ",
        "ジョン・ヲ",
        "ﾀﾛｳ",
        "ヷミスヾか゛",
    ),
    addresses.address_key: (
        "大分県大分市大字下郡123番地の4",
        "大分県速見郡日出町３８９１－１ コーポA101号室",
        "大分市顕徳町十丁目2ヶ",
        "〒870-0839 大分市金池南1ー5ー1",
    ),
    keys.email_key: (" Oita@Example.JP", "ｏｉｔａ@例え.jp"),
}


def test_a_changed_folding_has_a_new_version():
    """Stored keys need `recompute_keys` then: what changes here needs a new version and digest."""
    found = [key(sample) for key, samples in SAMPLES.items() for sample in samples]
    digest = hashlib.sha256(repr((sorted(FOLDED.items()), found)).encode()).hexdigest()[:12]
    assert {keys.KEYS_VERSION: digest} == {"2026-11-29": "5d3bc33ed95f"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("大分 太郎", "大分 次郎"),
        ("さくら", "サクラ"),
        ("・", "-"),
        ("伊東", "伊藤"),
        ("山田　〓", "山田"),
        ("山田　\ue001", "山田"),
        ("\U000f0000田", "田"),
        ("𮯠田", "田"),  # younger than the database of this Python
        ("（別府）", "（大分）"),
        ("がく", "かく"),
    ],
)
def test_different_names_have_different_keys(one, other):
    assert keys.name_key(one) != keys.name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("オオイタタロウ", "オーイタタロー"),
        ("オオイタ", "オウイタ"),
        ("ユウキ", "ユーキ"),
        ("ケイコ", "ケーコ"),
        ("ハットリ", "ハツトリ"),
        ("キョウコ", "キヨウコ"),
        ("シヅオ", "シズヲ"),
        ("ヂロウ", "ジロウ"),
        ("ヰノウヱ", "イノウエ"),
        ("ヴィクトル", "ビクトル"),
        ("ヷヸヹヺ", "バビベボ"),
        ("ミスヾ", "ミスズ"),
        ("みすゞ", "ミスズ"),
        ("チヽブ", "チチブ"),
        ("ヅヽミ", "ズツミ"),
        ("ナヾ", "ナナ"),
        ("か゛ク", "ガク"),
        ("ハ゜ク", "パク"),
        ("ワ゛ン", "バン"),
        ("たろう", "ﾀﾛｳ"),
        ("マリア　クリスティーナ", "マリア・クリスティーナ"),
    ],
)
def test_one_person_s_kana_has_one_key(one, other):
    assert keys.kana_key(one) == keys.kana_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ユウキ", "ユキ"),
        ("ユウト", "ユト"),
        ("ショウ", "ショ"),
        ("レイナ", "レナ"),
        ("タロウ", "タロ"),
        ("オオノ", "オノ"),
        ("カズキ", "ガズキ"),
        ("ミユ", "ミウ"),
    ],
)
def test_twins_keep_different_kana_keys(one, other):
    assert keys.kana_key("オオイタ" + one) != keys.kana_key("オオイタ" + other)


@pytest.mark.parametrize(
    "spelling",
    [
        "大分県大分市金池南1丁目5番1号",
        "大分市金池南1丁目5番1号",
        "大分県大分市金池南１丁目５番１号",
        "大分県大分市金池南一丁目5番1号",
        "大分県 大分市　金池南1-5-1",
        "大分市金池南１－５－１",
        "大分市金池南1ー5ー1",
        "大分市金池南1‐5−1",
        "〒870-0839 大分県大分市金池南1-5-1",
        "８７００８３９大分市金池南１丁目５番１号",
    ],
)
def test_one_address_has_one_key(spelling):
    assert addresses.address_key(spelling) == "大分市金池南1-5-1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("大分県大分市大字下郡123番地の4", "大分市下郡123-4"),
        ("大分県速見郡日出町3891番地1", "日出町3891-1"),
        ("大分市城崎町二十三丁目1番", "大分市城崎町23丁目1"),
        ("大分市顕徳町十丁目2", "大分市顕徳町10-2"),
    ],
)
def test_spellings_of_one_address_have_one_key(one, other):
    assert addresses.address_key(one) == addresses.address_key(other)
