import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from patrons.errors import NumbersExhausted
from patrons.models import Patron
from patrons.numbers import format_number, luhn, parse_range
from patrons.sequence import draw_number, numbers_left
from patrons.services import register_patron
from tests.patrons.people import applicant, imported_patron, residency


@pytest.fixture
def start_at(db):
    """Return a function that sets the sequence; ALTER SEQUENCE rolls back with the test."""

    def start(payload: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SEQUENCE patrons_patron_number_seq RESTART WITH {payload}")

    return start


@pytest.mark.parametrize(
    ("payload", "digit"),
    [("800002", "8"), ("7992739871", "3"), ("0", "0"), ("49015420323751", "8")],
)
def test_luhn_gives_the_published_check_digit(payload, digit):
    assert luhn(payload) == digit


@given(st.from_regex("[1-9][0-9]{5}", fullmatch=True), st.data())
def test_luhn_notices_every_single_wrong_digit(payload, data):
    number = payload + luhn(payload)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[place]))
    typed = number[:place] + wrong + number[place + 1 :]
    assert luhn(typed[:-1]) != typed[-1]


def test_the_series_is_the_manual_s(start_at):
    start_at(800000)
    drawn = [draw_number() for _ in range(4)]
    assert drawn == ["8000002", "8000010", "8000028", "8000036"]


def test_a_scheme_without_check_digit_is_a_setting(settings):
    settings.PATRON_NUMBER_CHECK_DIGIT = "none"
    assert format_number(800002) == "800002"


@pytest.mark.parametrize("text", ["", "800000", "a-b", "9-1", "0-5", "1-2-3"])
def test_a_range_must_be_two_rising_numbers(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_range(text)


def test_the_number_of_a_withdrawn_patron_is_not_drawn_again(start_at):
    start_at(800000)
    imported_patron(number="8000002", withdrawn_at="2020-01-01T00:00:00Z")
    assert draw_number() == "8000010"


def test_a_long_run_of_imported_numbers_is_skipped_in_few_queries(
    start_at, django_assert_max_num_queries
):
    start_at(800000)
    numbers = [format_number(800000 + step) for step in range(1500)]
    Patron.objects.bulk_create(
        Patron(
            number=number,
            name=number,
            name_key=number,
            kana_key="",
            birth_date="19500101",
            registered_via="import",
        )
        for number in numbers
    )
    with django_assert_max_num_queries(20):
        assert draw_number() == format_number(801500)
    assert draw_number() == format_number(801501)


def test_numbers_left_tells_when_staff_must_know(start_at):
    start_at(899999)
    assert numbers_left() == (1, 100_000)
    assert numbers_left().nearly_exhausted
    draw_number()
    assert numbers_left().left == 0
    start_at(800000)
    assert numbers_left() == (100_000, 100_000)
    assert not numbers_left().nearly_exhausted


def test_exhaustion_is_an_error_that_leaves_the_transaction_usable(start_at):
    start_at(899999)
    assert draw_number() == format_number(899999)
    with transaction.atomic():
        with pytest.raises(NumbersExhausted):
            register_patron(applicant=applicant(), residency=residency())
        assert imported_patron().pk
    assert not Patron.objects.filter(registered_via="online").exists()
