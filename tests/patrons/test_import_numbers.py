"""Which numbers are the library's, and those that lost their zeros."""

import pytest

from patrons.models import Patron
from patrons.transfer.cells import Rejected
from patrons.transfer.columns import DEFAULT_MAPPING, MappingRefused, load_mapping
from patrons.transfer.number_pattern import NumberPattern, as_meant, check_number
from tests.patrons.library_files import Import, counts, run, text
from tests.patrons.people import imported_patron

SEVEN = NumberPattern(digits=7)
EIGHT_WITH_CHECK = NumberPattern(digits=8, check_digit="luhn")


def rejection(number: str, *patterns: NumberPattern) -> str:
    try:
        check_number(number, patterns)
    except Rejected as rejected:
        return rejected.code
    return ""


@pytest.mark.parametrize("number", ["1", "0001234", "C1", "A-12:3", "12$/.+", "7E10", "1" * 20])
def test_letters_and_a_barcode_s_signs_may_be_among_the_digits(number):
    assert rejection(number) == ""


@pytest.mark.parametrize(
    "number",
    [
        "7.10E+06",
        "1.23457e+13",
        "1,23457E+13",
        "1E+5",
        "7100261.0",
        "7100261.",
        "7,100,261",
        "#N/A",
        "#REF!",
        "########",
        '="0001234"',
        "=A1",
        "2001/2/3",
    ],
)
def test_what_a_spreadsheet_program_made_of_a_number_is_none(number):
    assert rejection(number) == "number_spreadsheet"
    assert rejection(number, SEVEN) == "number_spreadsheet"


@pytest.mark.parametrize("number", ["", "-", "検査太郎", "NULL", "検査1", "1 2", "1_2", "[1]", "٣"])
def test_what_has_no_digit_or_a_sign_no_barcode_has_is_none(number):
    assert rejection(number) == "number"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("7100011", ""),
        ("0001234", ""),
        ("12345674", ""),
        ("12345675", "number_pattern"),
        ("8000028", ""),
        ("123456789", "number_pattern"),
        ("C100011", "number_pattern"),
        ("1234", "number_zeros"),
        ("2345676", ""),
    ],
)
def test_a_number_fits_one_of_the_mapping_s_patterns(number, code):
    assert rejection(number, SEVEN, EIGHT_WITH_CHECK) == code


def test_with_a_check_digit_a_lost_zero_is_told_from_a_wrong_digit():
    assert rejection("1234566", EIGHT_WITH_CHECK) == "number_zeros"
    assert rejection("1234567", EIGHT_WITH_CHECK) == "number_pattern"


@pytest.mark.parametrize(("number", "code"), [("8000028", ""), ("8000029", "number_pattern")])
def test_a_number_of_our_own_range_needs_no_pattern(number, code):
    assert rejection(number, EIGHT_WITH_CHECK) == code


@pytest.mark.parametrize("number", ["7999990", "9000001"])
def test_beside_our_own_range_nothing_is_ours(number):
    assert rejection(number, NumberPattern(digits=6)) == "number_pattern"


def mapping_with(tmp_path, numbers: str):
    path = tmp_path / "mapping.toml"
    path.write_text(DEFAULT_MAPPING.read_text(encoding="utf-8") + numbers, encoding="utf-8")
    return path


def test_the_mapping_s_example_is_one(tmp_path):
    assert load_mapping().numbers == ()
    example = DEFAULT_MAPPING.read_text(encoding="utf-8").partition("# [[number]]")[2]
    lines = ["[[number]]", *(line.removeprefix("# ") for line in example.splitlines()[:3])]
    assert load_mapping(mapping_with(tmp_path, "\n".join(lines))).numbers == (
        NumberPattern(digits=7, check_digit="luhn"),
    )


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ("[number]\ndigits = 7", "number は表の並び"),
        ("[[number]]\ndigits = '7'", "number の digits は 1 から 20 の数"),
        ("[[number]]\ndigits = true", "number の digits は"),
        ("[[number]]\ndigits = 21", "number の digits は"),
        ("[[number]]", "number の digits は"),
        ("[[number]]\ndigits = 7\ncheck_digit = 'crc'", "check_digit は none, luhn のどれか"),
        ("[[number]]\ndigits = 7\nlength = 7", "digits と check_digit だけ"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(tmp_path, numbers, said):
    with pytest.raises(MappingRefused, match=said.replace("[", r"\[")):
        load_mapping(mapping_with(tmp_path, numbers))


@pytest.mark.django_db(transaction=True)
def test_the_command_says_which_pattern_a_number_misses(file, tmp_path):
    mapping = mapping_with(tmp_path, "[[number]]\ndigits = 7\n[[number]]\ndigits = 14\n")
    rows = [{"number": "C1"}, {"number": "1234"}, {"number": "7100011"}, {"number": "0001234"}]
    file.write_text(text(*rows), encoding="utf-8", newline="")
    ended = run(file, "--mapping", str(mapping), "--max-rejected", "2")
    assert ended.status == 0
    assert (
        "2 行目: 取り込めない行（利用者番号の桁数か検査数字が、対応表の [[number]] と違います："
        "7 桁 か 14 桁）" in ended.output
    )
    assert "3 行目: 取り込めない行（先頭の 0 が落ちた利用者番号のようです" in ended.output
    assert set(Patron.objects.values_list("number", flat=True)) == {"7100011", "0001234"}


OTHER = {"name": "大分　一", "kana": "オオイタ　ハジメ", "phone": "0975340000"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("stored", "number", "changes", "rejected"),
    [
        ("0001234", "1234", {}, True),
        ("1234", "0001234", {}, True),
        ("01234", "0001234", {}, True),
        ("0001234", "1234", {"name": "大分　花子"}, True),
        ("0001234", "1234", {"name": "大分　花子", "kana": "オオイタ　ハナコ"}, True),
        ("0001234", "1234", {"birth_date": "19920400"}, True),
        ("0001234", "1234", OTHER, False),
        ("0001234", "1234", {"birth_date": "19920403"}, False),
        ("0001234", "1235", OTHER, False),
        ("0001234", "12340", OTHER, False),
        ("C0123", "C123", OTHER, False),
    ],
)
def test_a_number_that_lost_its_zeros_is_the_same_person_s(
    take_over: Import, stored, number, changes, rejected
):
    imported_patron(number=stored, phone="0977211111")
    told = ["zeros"] if rejected else []
    row = {"number": number} | changes
    outcome = {"rejected": 1} if rejected else {"inserted": 1}
    assert counts(take_over(row, allowed=lambda rows: 1)) == outcome
    assert [code for kind, _, code in take_over.told if kind == "rejected"] == told
    assert Patron.objects.count() == (1 if rejected else 2)


@pytest.mark.django_db(transaction=True)
def test_two_rows_of_one_number_but_for_zeros_are_both_rejected(take_over):
    rows = [{"number": "0001234"}, {"number": "1234"}, {"number": "0005"} | OTHER, {"number": "5"}]
    assert counts(take_over(*rows, allowed=lambda rows: 2)) == {"inserted": 2, "rejected": 2}
    assert take_over.told == [("rejected", "0001234", "zeros"), ("rejected", "1234", "zeros")]
    assert set(Patron.objects.values_list("number", flat=True)) == {"0005", "5"}


@pytest.mark.django_db(transaction=True)
def test_who_is_known_by_the_number_loses_nothing_by_another_s_zeros(take_over):
    known = {"exported_at": "2100-01-01T00:00Z"}
    imported_patron(number="0001234", **known)
    imported_patron(number="1234", name="大分 一", **known)
    rows = [{"number": "0001234", "phone": "0975340009"}, {"number": "1234"} | OTHER]
    assert counts(take_over(*rows, columns=("number", "name", "birth_date", "phone"))) == {
        "updated": 2
    }


@pytest.mark.django_db(transaction=True)
def test_three_columns_are_enough_to_tell_it(take_over):
    imported_patron(number="0001234")
    columns = ("number", "name", "birth_date")
    assert counts(take_over({"number": "1234"}, columns=columns)) == {"rejected": 1}


@pytest.mark.parametrize(
    ("number", "patterns", "meant"),
    [
        # Of our own range, or as a library says that its numbers look.
        ("A8000028B", [], "8000028"),
        ("a7100261d", [SEVEN], "7100261"),
        # A library may have letters at both ends of its numbers.
        ("A7100261B", [], "A7100261B"),
        ("A7100261B", [EIGHT_WITH_CHECK], "A7100261B"),
        ("A12B4C", [SEVEN], "A12B4C"),
        ("7100261", [SEVEN], "7100261"),
        ("", [SEVEN], ""),
    ],
)
def test_a_scanned_number_is_folded_where_it_is_known_without_the_letters(number, patterns, meant):
    assert as_meant(number, patterns) == meant
