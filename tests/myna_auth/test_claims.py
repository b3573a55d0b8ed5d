"""Names, birth dates and addresses as the service gives them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from characters.text import is_visible
from myna_auth.claims import VerifiedIdentity, parse_identity
from myna_auth.errors import AnswerRejected, MynaError

SOUND = {"name": "大分 太郎", "birthdate": "20130720", "address": "大分県大分市金池南1丁目5番1号"}


def parse(**changes):
    claims = {name: value for name, value in (SOUND | changes).items() if value is not ...}
    return parse_identity(issuer="https://issuer.example", subject="s", claims=claims)


@pytest.mark.parametrize(
    ("birthdate", "expected"),
    [
        ("20130720", "20130720"),
        ("2013-07-20", "20130720"),
        ("19500000", "19500000"),
        ("1950-00-00", "19500000"),
        ("19500700", "19500700"),
        ("20240229", "20240229"),
        ("19000101", "19000101"),
    ],
)
def test_birth_dates_become_eight_digits(birthdate, expected):
    assert parse(birthdate=birthdate).birth_date == expected


def test_somebody_born_today_is_a_person():
    today = timezone.localdate().strftime("%Y%m%d")

    assert parse(birthdate=today).birth_date == today


@pytest.mark.parametrize(
    "birthdate",
    [
        "",
        "2013",
        "2013/07/20",
        "２０１３０７２０",
        "20130720 ",
        "20130720\n",
        "2013-0720",
        "20131301",
        "20130231",
        "20230229",
        "19500015",
        "00000000",
        "17000101",
        "99991231",
        # Not tomorrow: midnight may pass between the collection of the tests and this one.
        (timezone.localdate() + timedelta(days=2)).strftime("%Y%m%d"),
        20130720,
        None,
        ["20130720"],
        ...,
    ],
)
def test_absurd_birth_dates_are_refused(birthdate):
    with pytest.raises(AnswerRejected):
        parse(birthdate=birthdate)


def test_an_address_may_be_an_object():
    address = {"formatted": SOUND["address"], "country": "JP"}

    assert parse(address=address).address == SOUND["address"]


@pytest.mark.parametrize(
    "value",
    [
        ...,
        None,
        "",
        "　",
        7,
        [],
        {},
        {"formatted": 5},
        "a\0b",
        "\ud800",
        "\u200b\u200b",
        "\U000e0100",
    ],
)
@pytest.mark.parametrize("claim", ["name", "address"])
def test_a_name_or_address_that_is_none_is_refused(claim, value):
    with pytest.raises(AnswerRejected, match=f"claim_{claim}"):
        parse(**{claim: value})


@pytest.mark.parametrize(("claim", "length"), [("name", 256), ("address", 501)])
def test_an_endless_value_is_refused(claim, length):
    with pytest.raises(AnswerRejected, match="too_long"):
        parse(**{claim: "あ" * length})


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100)


def test_selectors_of_variant_kanji_stay_in_a_name():
    name = "葛\U000e0100城　\u908a\U000e0101"

    assert parse(name=name).name == name


@given(name=TEXT.filter(is_visible), address=TEXT.filter(is_visible))
def test_any_other_text_is_kept_byte_for_byte(name, address):
    identity = parse(name=name, address=address)

    assert (identity.name, identity.address) == (name, address)


@given(
    claims=st.dictionaries(st.sampled_from(sorted(SOUND)), st.text() | st.integers() | st.none())
)
def test_no_claims_escape_as_another_error(claims):
    try:
        assert isinstance(parse(**claims), VerifiedIdentity)
    except MynaError as error:
        assert error.reason.startswith("claim_")  # noqa: PT017


def test_printing_an_identity_shows_nobody():
    text = repr(parse())

    assert not [value for value in SOUND.values() if value in text]
