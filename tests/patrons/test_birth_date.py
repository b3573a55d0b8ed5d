import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons import birth_date


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("20130720", "2013/7/20"),
        ("19921231", "1992/12/31"),
        ("19500000", "1950年（月日不詳）"),
        ("19500300", "1950年3月（日不詳）"),
        ("00000000", "不詳"),
        ("", "不詳"),
        ("２０１３０７２０", "不詳"),
    ],
)
def test_a_birth_date_is_shown_as_the_manual_does(stored, shown):
    assert birth_date.display(stored) == shown


def test_only_a_date_with_all_parts_is_complete():
    assert birth_date.is_complete("20130720")
    assert not birth_date.is_complete("20130700")
    assert not birth_date.is_complete("19500000")


DATES = st.builds(
    "{:04}{:02}{:02}".format,
    st.sampled_from([0, 1950, 1951]),
    st.sampled_from([0, 1, 12]),
    st.sampled_from([0, 1, 31]),
)


@given(DATES, DATES)
def test_what_may_be_the_same_is_what_the_database_is_asked_for(one, other):
    same = birth_date.may_be_same(one, other)
    assert bool(re.match(birth_date.pattern(one), other)) is same
    if birth_date.is_complete(one):
        assert (other in birth_date.records_of(one)) is same


@given(st.text(max_size=10))
def test_showing_a_birth_date_never_raises(text):
    assert birth_date.display(text)
