import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from patrons.checks import check_database
from patrons.models import Patron
from patrons.numbers import (
    SCHEMES,
    NumbersExhausted,
    draw_number,
    format_number,
    luhn,
    numbers_left,
    parse_range,
)
from patrons.services import register_patron
from patrons.staff_warnings import number_warning
from patrons.tasks import watch_numbers
from tests import many
from tests.patrons.people import applicant, imported_patron, residency


@pytest.fixture
def start_at(db):
    """Return a function that sets the sequence; ALTER SEQUENCE rolls back with the test."""

    def start(payload: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SEQUENCE patrons_patron_number_seq RESTART WITH {payload}")

    return start


def test_the_series_is_the_manual_s(start_at):
    start_at(800000)
    drawn = [draw_number() for _ in range(4)]
    assert drawn == ["8000002", "8000010", "8000028", "8000036"]


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


@given(payload=st.from_regex("[1-9][0-9]{5}", fullmatch=True), data=st.data())
def test_a_wrong_digit_is_noticed(payload, data):
    place = data.draw(st.integers(0, len(payload) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != payload[place]))
    assert luhn(payload[:place] + wrong + payload[place + 1 :]) != luhn(payload)


@pytest.mark.parametrize(
    ("scheme", "number"),
    [
        ("none", "800003"),
        ("luhn", "8000036"),
    ],
)
def test_the_scheme_is_a_setting(settings, scheme, number):
    settings.PATRON_NUMBER_CHECK_DIGIT = scheme
    assert format_number(800003) == number


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_scheme_gives_two_payloads_one_number(settings, scheme):
    settings.PATRON_NUMBER_CHECK_DIGIT = scheme
    assert len({format_number(payload) for payload in range(800000, 810000)}) == 10_000


@pytest.mark.parametrize(
    "text", ["", "800000", "a-b", "9-1", "0-5", "1-2-3", "99-100", f"{10**18}-{2 * 10**18}"]
)
def test_a_range_must_be_two_rising_numbers(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_range(text)


def test_the_number_of_a_withdrawn_patron_is_not_drawn_again(start_at):
    start_at(800000)
    imported_patron(number="8000002", withdrawn_at="2020-01-01T00:00:00Z")
    assert draw_number() == "8000010"


def import_numbers(numbers) -> None:
    patrons = (
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
    many.store(patrons)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_long_run_of_imported_numbers_is_skipped_in_few_queries(
    settings, start_at, django_assert_max_num_queries, scheme
):
    settings.PATRON_NUMBER_CHECK_DIGIT = scheme
    start_at(800000)
    import_numbers(format_number(800000 + step) for step in range(5000))
    with django_assert_max_num_queries(12):
        assert draw_number() == format_number(805000)
    assert draw_number() == format_number(805001)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_gap_between_imported_numbers_is_given(settings, start_at, scheme):
    settings.PATRON_NUMBER_CHECK_DIGIT = scheme
    start_at(800000)
    gaps = {800003, 800004, 800017, 801999, 802001}
    import_numbers(format_number(p) for p in range(800000, 802002) if p not in gaps)
    drawn = [draw_number() for _ in range(len(gaps))]
    assert drawn == [format_number(payload) for payload in sorted(gaps)]


def test_imported_numbers_up_to_the_end_of_the_range_exhaust_it(start_at):
    start_at(899000)
    import_numbers(format_number(payload) for payload in range(899000, 900000))
    assert numbers_left().left == 0
    with pytest.raises(NumbersExhausted), transaction.atomic():
        draw_number()


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


def test_imported_numbers_ahead_are_not_left(start_at):
    start_at(800000)
    import_numbers(format_number(payload) for payload in range(890000, 890050))
    import_numbers(["C000001", "890090", "89010011", "9000001"])
    assert numbers_left() == (99_950, 100_000)
    for _ in range(3):
        draw_number()
    assert numbers_left().left == 99_947


def misnumbered(payload: int) -> str:
    """Return a number of the right length with a check digit that is not ours."""
    number = format_number(payload)
    return f"{payload}{(int(number[-1]) + 1) % 10}"


def test_imported_numbers_of_another_check_digit_take_none(start_at):
    start_at(899000)
    others = [misnumbered(payload) for payload in range(899000, 899900)]
    import_numbers([*others, "89950AB", "899501A", *map(format_number, range(899900, 899950))])
    assert numbers_left() == (950, 100_000)
    assert "残りが、950件になりました" in number_warning()
    assert draw_number() == format_number(899000)
    assert numbers_left().left == 949


def test_imported_numbers_of_another_check_digit_warn_nobody(
    start_at, django_assert_max_num_queries
):
    start_at(894900)
    import_numbers(misnumbered(payload) for payload in range(894900, 900000))
    with django_assert_max_num_queries(5):
        assert not numbers_left().nearly_exhausted
    assert number_warning() == ""
    assert not [m for m in check_database(None, databases=["default"]) if m.id == "patrons.W001"]


def test_staff_are_warned_below_five_percent_and_when_nothing_is_left(start_at):
    start_at(895000)
    assert number_warning() == ""
    start_at(895001)
    assert "残りが、4,999件になりました（全100,000件）" in number_warning()
    start_at(899999)
    draw_number()
    assert "利用者番号がなくなり" in number_warning()


def test_the_worker_logs_that_few_are_left(start_at, caplog):
    start_at(800000)
    watch_numbers(timestamp=0)
    assert not caplog.records
    start_at(899990)
    assert watch_numbers(timestamp=0) == {"left": 10, "total": 100_000}
    (record,) = caplog.records
    assert (record.levelname, record.event) == ("WARNING", "numbers_nearly_exhausted")
    assert (record.left, record.total) == (10, 100_000)
