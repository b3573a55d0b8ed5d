"""What staff are told of an applicant's address beside a patron's."""

from dataclasses import replace

import pytest

from patrons.matching.comparison import Likeness, compare
from tests.patrons.people import ADDRESS, applicant


@pytest.mark.parametrize(
    ("address", "likeness"),
    [
        (ADDRESS, Likeness.SAME),
        ("大分市金池南１－５－１", Likeness.SPELLING),
        (f"{ADDRESS}　コーポ南１０４号", Likeness.SPELLING),
        ("大分市金池南1-5-2", Likeness.SLIP),
        ("大分市府内町1-5-1", Likeness.DIFFERENT),
        ("", Likeness.MISSING),
    ],
)
def test_an_address_is_compared_as_an_address(address, likeness):
    assert likeness_of(ADDRESS, address) is likeness
    assert likeness_of(address, ADDRESS) is likeness


def test_two_flats_of_one_house_differ():
    assert likeness_of(f"{ADDRESS}　１０４号", f"{ADDRESS} 204") is Likeness.DIFFERENT


def test_a_town_alone_may_be_written_otherwise():
    assert likeness_of("大分市大字横尾", "大分県大分市横尾") is Likeness.SPELLING


def likeness_of(one: str, other: str) -> Likeness:
    person = applicant(address=one)
    (found,) = (
        each.likeness
        for each in compare(person, replace(person, address=other))
        if each.label == "住所"
    )
    return found
