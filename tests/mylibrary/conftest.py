from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from patrons.models import Patron
from patrons.services import register_patron
from tests.notices.conftest import sink, start_worker  # noqa: F401
from tests.patrons.people import applicant, residency, set_own_password

PASSWORD = "tall-green-lighthouse"
BIRTH_DATE = "20130720"
LOGIN = "/mylibrary/login/"
MENU = "/mylibrary/"
USAGE = "/mylibrary/usage/"
CHOOSE = "/mylibrary/password/"
CARD = "/mylibrary/card/"
PROFILE = "/mylibrary/profile/"
EDIT = "/mylibrary/profile/edit/"
SESSIONS = "/mylibrary/sessions/"
PRIVACY = "/mylibrary/privacy/"
ERASE = "/mylibrary/privacy/erase/"
MESSAGES = "/mylibrary/messages/"
MAIL_SETTINGS = "/mylibrary/messages/settings/"


@pytest.fixture(autouse=True)
def first_login_confirmation(settings) -> None:
    """Let the birth date alone log in, as the manual has it; `first_login/` asks for more."""
    settings.FIRST_LOGIN_CONFIRMATION = False


@pytest.fixture
def patron(db) -> Patron:
    """大分 太郎 of the manual, registered online, who has not logged in yet."""
    return register_patron(applicant=applicant(), residency=residency())


@pytest.fixture
def member(patron) -> Patron:
    """大分 太郎, who has chosen a password."""
    set_own_password(patron=patron, password=PASSWORD)
    return Patron.objects.select_related("user").get()


@pytest.fixture
def log_in() -> Callable[..., HttpResponse]:
    """Return `log_in(client, number, password, **request)`, which posts the form 認証."""

    def post(client: Client, number: str, password: str = PASSWORD, **extra: str) -> HttpResponse:
        fields = {"username": number, "password": password}
        if "next" in extra:
            fields["next"] = extra.pop("next")
        return client.post(LOGIN, fields, **extra)

    return post


@pytest.fixture
def at_home(client, member, log_in) -> Client:
    """A browser in which 大分 太郎 is logged in."""
    assert log_in(client, member.number).status_code == 302
    return client
