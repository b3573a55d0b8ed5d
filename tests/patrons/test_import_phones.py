import pytest

from patrons.normalize import normalize_phone
from patrons.transfer.phones import without_zero


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("975340000", "0975340000"),
        ("97-534-0000", "0975340000"),
        ("９７５３４００００", "0975340000"),
        ("977211111", "0977211111"),
        ("312345678", "0312345678"),
        ("463211111", "0463211111"),
        ("522345678", "0522345678"),
        ("672345678", "0672345678"),
        ("742345678", "0742345678"),
        ("822345678", "0822345678"),
        ("9012345678", "09012345678"),
        ("80-1234-5678", "08012345678"),
        ("7012345678", "07012345678"),
        ("6012345678", "06012345678"),
        ("5012345678", "05012345678"),
    ],
)
def test_a_number_that_can_be_dialled_gets_its_zero(typed, completed):
    assert without_zero(typed) == completed
    assert normalize_phone(completed) == completed


@pytest.mark.parametrize(
    "typed",
    [
        "112345678",
        "120123456",
        "570123456",
        "990123456",
        "800123456",
        "200123456",
        "461234567",
        "970000000",
        "9753400001",
        "97534000",
        "9002345678",
        "0975340000",
        "975340000.0",
        "9.75E+08",
        "975340000内線5",
        "",
    ],
)
def test_what_is_no_number_with_a_zero_stays_unknown(typed):
    assert without_zero(typed) == ""
