"""The files of `cases/`, as they were found to come in: what is read of each, and what is told."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from patrons.models import Patron
from patrons.numbers import draw_number
from tests.patrons.library_files import Ended, run

pytestmark = pytest.mark.django_db(transaction=True)
CASES = Path(__file__).parent / "cases"
OTHER_MAPPINGS = {"i27_truncated_utf8_small": "ascii_headers_mapping.toml"}
SPREADSHEET = "取り込めない行（この館の利用者番号ではありません。表計算ソフトで変わった形です"
ERA = "取り込めない行（生年月日が、元号の期間の外です"


@dataclass
class Comes:
    """What comes of a file: patrons by number, with some of their columns, and what is said."""

    stored: dict[str, dict[str, str]] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    rejected: int = 0


KENSA = {"name": "検査　一郎", "last_name_kana": "ケンサ", "first_name_kana": "イチロウ"}
EXPECTED = {
    "i01_ctrl_z_eof": Comes(
        {"7100011": KENSA}, ("3 行目: 読み飛ばし（ファイルの終わりの印（Ctrl-Z）です：1 行）",)
    ),
    "i02_trailing_comma_rows": Comes(
        {"7100011": KENSA}, ("3 行目: 読み飛ばし（空の行です：2 行）", "行数 1: 新規 1")
    ),
    "i04_excel_dates": Comes({"7100021": {"birth_date": "19600102"}}),
    "i05_excel_lost_zero": Comes(
        {"7100031": {"phone": "0975340000"}},
        ("2 行目: 取り込んだ値の確認（電話番号の先頭に、落ちていた 0 を補いました）",),
    ),
    "i06_sci_number": Comes(said=(f"2 行目: {SPREADSHEET}",), rejected=1),
    "i09_invisible": Comes(
        {
            "7100091": {
                "name": "検査　八郎",
                "first_name_kana": "ハチロウ",
                "postal_code": "8700839",
                "phone": "0975340000",
                "email": "abc@example.jp",
            }
        },
        ("除いた値 0、確認する値 0",),
    ),
    "i11_geta": Comes(
        {"7100111": {"name": "〓田　太郎"}},
        ("2 行目: 取り込んだ値の確認（氏名か住所に、読めない文字（〓か外字）があります。",),
    ),
    "i13_truncated_utf8_ja_headers": Comes(said=("2 行目: 文字の途中で切れています（UTF-8）",)),
    "i14_tab_sep": Comes({"7100011": KENSA}, ("文字コード: CP932、区切り: タブ",)),
    "i15_excel_unicode_text": Comes({"7100011": KENSA}, ("文字コード: UTF-16、",)),
    "i16_wareki": Comes(
        {
            "7100161": {"birth_date": "19120730"},
            "7100162": {"birth_date": "19120730"},
            "7100163": {"birth_date": "19890107"},
            "7100164": {"birth_date": "19890108"},
            "7100166": {"birth_date": "19261225"},
            "7100168": {"birth_date": "20190430"},
            "7100169": {"birth_date": "19500401"},
            "7100170": {"birth_date": "19500401"},
            "7100171": {"birth_date": "19500401"},
            "7100172": {"birth_date": "19500401"},
            "7100173": {"birth_date": "19500401"},
        },
        (
            "6 行目: 取り込めない行（生年月日が正しくありません：暦にない日）",
            f"8 行目: {ERA}：平成は1989年1月8日から2019年4月30日まで）",
            "15 行目: 取り込めない行（生年月日がありません）",
        ),
        rejected=3,
    ),
    "i17_next_number": Comes({"8000036": {"name": "検査　先取"}}),
    "i18_fullwidth_number": Comes({"8000044": {"name": "検査　全角"}}),
    "i19_leading_zero": Comes({"0001234": {"name": "検査　零始"}}),
    "i20_title_line": Comes(
        said=(
            "1 行目: 見出しの行がありません。",
            "今の 1 行目（「利用者一覧（2026/11/01 出力）」）。",
        )
    ),
    "i21_crlf_in_address": Comes({"7100211": {"address": "大分県大分市府内町1-1 コーポ101"}}),
    "i22_quote_in_field": Comes({"7100221": {"name": '検査"ニックネーム"　引用'}}),
    "i23_status_spaces": Comes(
        {"7100231": {"name": "検査　状態"}},
        (
            "3 行目: 取り込めない行（状態が対応表にない値です（対応表の [status]）：「00」）",
            "patrons/data/import.toml",
        ),
        rejected=1,
    ),
    "i24_nelco": Comes(
        {
            "7100241": {
                "name": "ｹﾝｻ ﾊﾝｶｸ",
                "name_key": "ケンサハンカク",
                "birth_date": "19600124",
                "address": "大分市金池南１－５－１　ｺｰﾎﾟ①㈱",
                "phone": "0975340024",
            },
            "7100242": {"name": "髙﨑　彅", "name_key": "高崎彅", "postal_code": "8700839"},
        }
    ),
    "i26_junk_numbers": Comes(
        said=(
            "2 行目: 取り込めない行（利用者番号がないか、番号の形ではありません）",
            f"3 行目: {SPREADSHEET}",
            "4 行目: 取り込めない行（利用者番号がないか、番号の形ではありません）",
            f"5 行目: {SPREADSHEET}",
            f"6 行目: {SPREADSHEET}",
        ),
        rejected=5,
    ),
    "i27_truncated_utf8_small": Comes(said=("4 行目: 文字の途中で切れています（UTF-8）",)),
    "i29_ibm_ext_bytes": Comes({"7700001": {"name": "髙橋　実", "address": "大分市①～Ⅰ㈱"}}),
    "i30a_byte_80": Comes(
        said=(
            "2 行目: 取り込めない行（CP932 の文字でないバイトがあります：2 列目の 3 文字目 0x80）",
        ),
        rejected=1,
    ),
    "m01_next_number": Comes({"8001000": {"name": "検査　横取"}}),
    "m02_leading_zero": Comes({"0001234": {"name": "検査　零始"}}),
    "m03_leading_zero_lost": Comes({"1234": {"name": "検査　零始"}}),
}


def taken_over(name: str, *arguments: str) -> Ended:
    if name in OTHER_MAPPINGS:
        arguments = (*arguments, "--mapping", str(CASES / OTHER_MAPPINGS[name]))
    return run(CASES / f"{name}.csv", *arguments)


def test_every_file_is_one_of_the_cases():
    assert {path.stem for path in CASES.glob("*.csv")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_comes_of_a_file(name):
    comes = EXPECTED[name]
    ended = taken_over(name)
    if not comes.stored or comes.rejected:
        assert ended.status == 1
        assert not Patron.objects.exists()
    if comes.rejected:
        assert ended.error.startswith(f"取り込めない行が {comes.rejected} 行あります")
        again = taken_over(name, "--max-rejected", str(comes.rejected))
        assert again.status == (0 if comes.stored else again.status)
    stored = {patron["number"]: patron for patron in Patron.objects.values()}
    assert set(stored) == set(comes.stored)
    for number, columns in comes.stored.items():
        assert {column: stored[number][column] for column in columns} == columns
    for said in comes.said:
        assert said in ended.output + ended.error


@pytest.mark.parametrize(
    ("name", "start", "drawn"),
    [
        ("i17_next_number", 800003, ["8000044", "8000051"]),
        ("i18_fullwidth_number", 800003, ["8000036", "8000051"]),
        ("m01_next_number", 800100, ["8001018", "8001026"]),
    ],
)
def test_a_number_that_the_library_took_first_is_never_drawn(name, start, drawn):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE patrons_patron_number_seq RESTART WITH {start}")
    assert taken_over(name).status == 0
    assert [draw_number(), draw_number()] == drawn


def test_a_number_that_lost_its_zeros_never_makes_a_second_patron():
    assert taken_over("m02_leading_zero").status == 0
    ended = taken_over("m03_leading_zero_lost", "--max-rejected", "1")
    assert (
        "2 行目: 取り込めない行（先頭の 0 の数だけが違う利用者番号で、同じ人がいます"
        in ended.output
    )
    assert taken_over("m03_leading_zero_lost").status == 1
    assert Patron.objects.get().number == "0001234"
