import pytest
from django.test import Client

from patrons.models import Patron
from tests.mylibrary.first_login.steps import CONFIRM, logs_in_with_birth_date, open_patron


@pytest.fixture(autouse=True)
def first_login_confirmation(settings) -> None:
    """Ask for one thing more than the birth date, as by default."""
    settings.FIRST_LOGIN_CONFIRMATION = True


@pytest.fixture
def asked(client, patron, log_in) -> Client:
    """A browser that is asked for more: 大分 太郎's number and birth date were typed in it."""
    assert logs_in_with_birth_date(client, patron).url == CONFIRM
    return client


@pytest.fixture
def stranger(db) -> Patron:
    """A patron of the counter, whose birth date logs in."""

    return open_patron()
