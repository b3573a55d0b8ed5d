"""How birth dates are written, and why others are none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons.written_dates import NotADate, read_birth_date

TODAY = date(2026, 11, 1)


def refusal(typed: str) -> tuple[str, str]:
    with pytest.raises(NotADate) as rejected:
        read_birth_date(typed)
    return rejected.value.code, rejected.value.detail


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("19500103", "19500103"),
        ("1950/1/3", "19500103"),
        ("1950-01-03", "19500103"),
        ("１９５０．１．３", "19500103"),
        ("1950年1月3日", "19500103"),
        ("昭和25年1月3日", "19500103"),
        ("S25.1.3", "19500103"),
        ("ｓ25/01/03", "19500103"),
        ("令和元年5月1日", "20190501"),
        ("明治45年7月29日", "19120729"),
        ("19500000", "19500000"),
        ("1950/2/0", "19500200"),
        ("00000103", "00000103"),
        ("不明", "00000000"),
        ("20000229", "20000229"),
        ("00000229", "00000229"),
        ("M1.1.25", "18680125"),
        ("明治45年7月30日", "19120730"),
        ("大正元年7月30日", "19120730"),
        ("T15.12.25", "19261225"),
        ("昭和元年12月25日", "19261225"),
        ("S64.1.7", "19890107"),
        ("平成元年1月8日", "19890108"),
        ("平成31年4月30日", "20190430"),
        ("R1.5.1", "20190501"),
        ("S64.0.0", "19890000"),
        ("S64.1.0", "19890100"),
        ("S64.0.8", "19890008"),
        ("H1.0.0", "19890000"),
        ("㍻31年4月30日", "20190430"),
        ("昭和25年 4月 1日", "19500401"),
        ("昭和二十五年四月一日", "19500401"),
        ("昭和二五年十二月三十一日", "19501231"),
        ("大正十年十月十日", "19211010"),
        ("令和元年五月一日", "20190501"),
        ("一九五〇年一月三日", "19500103"),
        ("S250401", "19500401"),
        ("昭和250401", "19500401"),
        ("R010501", "20190501"),
        ("3-25.04.01", "19500401"),
        ("5-1-5-1", "20190501"),
        ("2-14.03.01", "19250301"),
        ("3250401", "19500401"),
        ("4310430", "20190430"),
        ("5010501", "20190501"),
        ("1960/1/2 0:00:00", "19600102"),
        ("1960-01-02 00:00", "19600102"),
        ("1960-01-02T00:00:00.000", "19600102"),
        ("1960-01-02T00:00:00+09:00", "19600102"),
        ("１９６０／１／２\u3000０：００：００", "19600102"),
        ("昭和35年1月2日 0:00", "19600102"),
        ("19600102.0", "19600102"),
    ],
)
def test_birth_dates(typed, stored):
    assert read_birth_date(typed, frozenset({"不明"})) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("19500229", "birth_date"),
        ("00000230", "birth_date"),
        ("18490101", "birth_date"),
        ("1950/13/1", "birth_date"),
        ("昭和0年1月1日x", "birth_date_form"),
        ("", "birth_date_empty"),
        ("1950013", "birth_date_form"),
        ("平成25", "birth_date_form"),
        ("M1.1.24", "birth_date_era"),
        ("M45.7.31", "birth_date_era"),
        ("T1.7.29", "birth_date_era"),
        ("T15.12.26", "birth_date_era"),
        ("大正20年1月1日", "birth_date_era"),
        ("S1.12.24", "birth_date_era"),
        ("S64.1.8", "birth_date_era"),
        ("昭和65年1月1日", "birth_date_era"),
        ("S99.1.3", "birth_date_era"),
        ("H1.1.7", "birth_date_era"),
        ("H31.5.1", "birth_date_era"),
        ("平成32年1月1日", "birth_date_era"),
        ("R1.4.30", "birth_date_era"),
        ("R0.5.1", "birth_date_era"),
        ("S64.2.0", "birth_date_era"),
        ("S65.0.0", "birth_date_era"),
        ("S0.0.0", "birth_date_era"),
        ("平成〇年〇月〇日", "birth_date_era"),
        ("S640108", "birth_date_era"),
        ("3650101", "birth_date_era"),
        ("4010107", "birth_date_era"),
        ("S50.02.29", "birth_date"),
        ("1140301", "birth_date_form"),
        ("2140301", "birth_date_form"),
        ("2011225", "birth_date_form"),
        ("昭和二十五十年四月一日", "birth_date_form"),
        ("1960/1/2 12:34:56", "birth_date_form"),
        ("1960-01-01T15:00:00Z", "birth_date_form"),
        ("1960/1/20:00:00", "birth_date_form"),
        ("60/1/2", "birth_date_form"),
        ("1/2/1960", "birth_date_form"),
        ("2-Jan-60", "birth_date_form"),
        ("25569", "birth_date_spreadsheet"),
        ("18355.0", "birth_date_spreadsheet"),
        ("1.96E+07", "birth_date_spreadsheet"),
        ("#####", "birth_date_spreadsheet"),
        ("#VALUE!", "birth_date_spreadsheet"),
        ("=DATE(1950", "birth_date_spreadsheet"),
    ],
)
def test_what_is_no_birth_date_says_why(typed, code):
    assert refusal(typed)[0] == code


@pytest.mark.parametrize(
    ("typed", "bounds"),
    [
        ("M1.1.24", "明治は1868年1月25日から1912年7月30日まで"),
        ("大正15年12月26日", "大正は1912年7月30日から1926年12月25日まで"),
        ("3640108", "昭和は1926年12月25日から1989年1月7日まで"),
        ("平成一年一月七日", "平成は1989年1月8日から2019年4月30日まで"),
        ("5-1.4.30", "令和は2019年5月1日から"),
    ],
)
def test_a_day_outside_its_era_names_the_era_s_bounds(typed, bounds):
    assert refusal(typed) == ("birth_date_era", bounds)


@given(st.dates(date(1850, 1, 1), TODAY))
def test_every_day_is_read_in_every_way_it_is_written(day):
    for written in ("%Y%m%d", "%Y/%m/%d", "%Y-%m-%d", "%Y年%m月%d日", "%Y/%m/%d 0:00:00"):
        assert read_birth_date(f"{day:{written}}") == f"{day:%Y%m%d}"


@given(st.text(st.sampled_from("0123456789/-.年月日昭和元二十SsH ０:"), max_size=14))
def test_no_birth_date_is_half_read(typed):
    try:
        found = read_birth_date(typed)
    except NotADate:
        return
    assert len(found) == 8
    assert found.isascii()
    assert found.isdigit()
