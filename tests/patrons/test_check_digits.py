"""The check digits, against published examples (where from: docs/adr/0035)."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mylibrary.card.barcode import PATTERNS, START_STOP
from patrons.check_digits import (
    SCHEMES,
    luhn,
    modulus11,
    modulus16,
    none,
    seven_dr,
    seven_dsr,
)

PAYLOADS = st.from_regex("[1-9][0-9]{5}", fullmatch=True)


def test_none_adds_nothing():
    assert none("800002") == ""


@pytest.mark.parametrize(
    ("payload", "digit"),
    [
        ("800002", "8"),  # the manual
        ("12345678", "2"),
        ("20151119", "3"),
        ("20151149", "0"),  # nothing is left over
        ("3319100010586", "4"),  # a library's
        ("7992739871", "3"),
        ("49015420323751", "8"),
    ],
)
def test_luhn_gives_the_published_digit(payload, digit):
    assert luhn(payload) == digit


@pytest.mark.parametrize(
    ("payload", "digit"),
    [
        ("123456", "4"),
        ("1234567", "5"),
        ("20151119", "2"),
        ("12345678901", "3"),
        ("99991234567", "0"),  # nothing is left over
    ],
)
def test_7dr_gives_the_published_digit(payload, digit):
    assert seven_dr(payload) == digit


@pytest.mark.parametrize(
    ("payload", "digit"),
    [
        ("12345", "3"),
        ("20151119", "5"),
        ("99991234567", "0"),  # nothing is left over: 0, not 7
    ],
)
def test_7dsr_gives_the_published_digit(payload, digit):
    assert seven_dsr(payload) == digit


@pytest.mark.parametrize(
    ("payload", "digit"),
    [
        ("12345", "5"),
        ("67890", "2"),
        ("111111", "6"),
        ("12345678", "5"),  # the weights begin again behind 7
        ("20151119", "4"),
        ("222222", "1"),  # 10 is left over
        ("123456", "0"),  # nothing is left over
        ("20151219", "0"),
        ("20152119", "0"),  # 1 is left over: 11 - 1 is no digit
    ],
)
def test_modulus_11_gives_the_published_digit(payload, digit):
    assert modulus11(payload) == digit


@pytest.mark.parametrize(
    ("symbol", "character"),
    [
        ("A37859B", "+"),
        ("A789A", "8"),
        ("A88A", "0"),  # nothing is left over: 0, not A, which would stop the symbol
    ],
)
def test_modulus_16_gives_the_published_character(symbol, character):
    start, *payload, stop = symbol
    assert modulus16("".join(payload), start=start, stop=stop) == character


def test_modulus_16_counts_the_start_and_stop_of_the_card():
    payloads = [str(payload) for payload in range(800000, 800200)]
    of_the_card = [modulus16(p, start=START_STOP, stop=START_STOP) for p in payloads]
    assert [modulus16(payload) for payload in payloads] == of_the_card
    assert set(of_the_card) == set(PATTERNS)


@pytest.mark.parametrize("name", sorted(set(SCHEMES) - {"none"}))
@given(payload=PAYLOADS)
def test_every_scheme_gives_one_character_a_barcode_can_hold(name, payload):
    assert SCHEMES[name](payload) in PATTERNS


@pytest.mark.parametrize("name", ["luhn", "7dr", "7dsr", "modulus11", "modulus16"])
@given(payload=PAYLOADS, data=st.data())
def test_a_wrong_digit_is_noticed(name, payload, data):
    check = SCHEMES[name]
    place = data.draw(st.integers(0, len(payload) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != payload[place]))
    typed = payload[:place] + wrong + payload[place + 1 :]
    # 7DR and 7DSR cannot tell digits apart that differ by 7, modulus 11 has one character too few.
    assume(not (name in ("7dr", "7dsr") and abs(int(wrong) - int(payload[place])) == 7))
    assume(not (name == "modulus11" and check(payload) == "0"))
    assert check(typed) != check(payload)
