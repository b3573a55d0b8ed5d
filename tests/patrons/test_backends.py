from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from patrons.backends import PatronBackend
from patrons.models import Patron
from patrons.services import user_for
from tests.hashers import CountingHasher
from tests.patrons.people import imported_patron, set_own_password

OWN_PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _counting_hasher(settings):
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingHasher"]


@pytest.fixture
def backend() -> PatronBackend:
    return PatronBackend()


def change(patron: Patron, **values: object) -> None:
    Patron.objects.filter(pk=patron.pk).update(**values)


def test_the_birth_date_logs_in_the_first_time(backend, patron):
    user = backend.authenticate(None, patron_number=patron.number, password="20130720")
    patron.refresh_from_db()
    assert user == patron.user
    assert not user.has_usable_password()


def test_full_width_typing_logs_in(backend, patron):
    number = patron.number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert backend.authenticate(None, patron_number=f" {number}　", password="２０１３０７２０")


@pytest.mark.parametrize(
    "typed", ["A{}A", "a{}b", "D{}C", "Ａ{}Ｂ", "*{}*", "\u202dA{}A\u202c", "\u202d{}\u202c"]
)
def test_a_number_logs_in_as_a_reader_sends_it(backend, patron, typed):
    spelling = typed.format(patron.number)
    assert backend.authenticate(None, patron_number=spelling, password="\u202d20130720\u202c")


@pytest.mark.parametrize("withdrawn_at", [None, timezone.now()])
def test_whose_number_has_such_letters_keeps_it(backend, patron, withdrawn_at):
    spelling = f"A{patron.number}B"
    theirs = imported_patron(number=spelling, withdrawn_at=withdrawn_at)
    assert Patron.objects.with_number(spelling).get() == theirs
    assert backend.authenticate(None, patron_number=spelling, password="20130720") is None
    assert backend.authenticate(None, patron_number=f"B{patron.number}A", password="20130720")


@pytest.mark.parametrize("typed", ["A{}", "{}A", "E{}E", "AA{}A", "A{}x"])
def test_other_letters_belong_to_the_number(backend, patron, typed):
    spelling = typed.format(patron.number)
    assert backend.authenticate(None, patron_number=spelling, password="20130720") is None


@pytest.mark.parametrize(
    "password", ["20130721", "", "2013720", "130720", "2013/7/20", "x" * 5000, "２\x00", "\ud800"]
)
def test_anything_else_does_not(backend, patron, password):
    assert backend.authenticate(None, patron_number=patron.number, password=password) is None
    patron.refresh_from_db()
    assert patron.user is None


@pytest.mark.parametrize("number", ["", "8", "\x00", "\ud800", "' OR 1=1 --", "9" * 5000, "😀"])
def test_no_number_whatever_is_an_error(backend, patron, number):
    assert backend.authenticate(None, patron_number=number, password="20130720") is None


def test_the_birth_date_stops_when_its_time_is_over(backend, patron):
    change(patron, first_login_until=timezone.now() - timedelta(seconds=1))
    assert backend.authenticate(None, patron_number=patron.number, password="20130720") is None


def test_the_birth_date_stops_once_an_own_password_is_chosen(backend, patron):
    set_own_password(patron=patron, password=OWN_PASSWORD)
    change(patron, first_login_until=timezone.now() + timedelta(days=1))
    assert backend.authenticate(None, patron_number=patron.number, password="20130720") is None
    assert backend.authenticate(None, patron_number=patron.number, password=OWN_PASSWORD)


def test_the_birth_date_never_logs_in_an_imported_patron_without_a_window(backend, db):
    stored = imported_patron()
    assert backend.authenticate(None, patron_number=stored.number, password="19920402") is None


def test_unknown_parts_of_a_birth_date_are_typed_as_on_record(backend, patron):
    change(patron, birth_date="19500000")
    assert backend.authenticate(None, patron_number=patron.number, password="19500000")


def test_a_birth_date_of_which_nothing_is_known_is_no_password(backend, patron):
    change(patron, birth_date="00000000")
    assert backend.authenticate(None, patron_number=patron.number, password="00000000") is None


def test_a_withdrawn_patron_cannot_log_in_nor_stay_in(backend, patron):
    user = set_own_password(patron=patron, password=OWN_PASSWORD)
    assert backend.get_user(user.pk) == user
    change(patron, withdrawn_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert backend.authenticate(None, patron_number=patron.number, password=OWN_PASSWORD) is None
    assert backend.get_user(user.pk) is None


def test_a_locked_user_cannot_log_in(backend, patron):
    user = set_own_password(patron=patron, password=OWN_PASSWORD)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    assert backend.authenticate(None, patron_number=patron.number, password=OWN_PASSWORD) is None


def test_staff_are_not_patrons(backend, db):
    staff = get_user_model().objects.create_user(username="staff", password=OWN_PASSWORD)
    assert backend.authenticate(None, patron_number="staff", password=OWN_PASSWORD) is None
    assert backend.get_user(staff.pk) is None


def test_the_session_s_user_brings_the_patron_along(backend, patron, django_assert_num_queries):
    user = user_for(patron=patron)
    with django_assert_num_queries(1):
        assert backend.get_user(user.pk).patron == patron


def known_by_own_password(patron: Patron) -> None:
    set_own_password(patron=patron, password=OWN_PASSWORD)


def after_a_first_login(patron: Patron) -> None:
    user_for(patron=patron)


def never_logged_in(patron: Patron) -> None:
    pass


def withdrawn(patron: Patron) -> None:
    change(patron, withdrawn_at=datetime(2026, 1, 1, tzinfo=UTC))


def unknown(patron: Patron) -> None:
    change(patron, number="other")


@pytest.mark.parametrize("password", ["20130720", OWN_PASSWORD, "wrong", ""])
@pytest.mark.parametrize(
    "state", [known_by_own_password, after_a_first_login, never_logged_in, withdrawn, unknown]
)
def test_exactly_one_argon2_computation_runs_whatever_the_answer(backend, patron, state, password):
    number = patron.number
    state(patron)
    CountingHasher.computations = 0
    backend.authenticate(None, patron_number=number, password=password)
    assert CountingHasher.computations == 1
