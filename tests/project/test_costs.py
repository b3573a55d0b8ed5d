"""What three ways through the service cost: statements, and how much of our own code they enter.

The bounds are what was reached: a change that makes a way longer says so here. Code is counted
without what every request passes through, whatever it asks for (AROUND).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patrons.matching.addresses import address_key
from patrons.models import Patron
from patrons.services import register_patron
from tests.identity import follow
from tests.mylibrary.conftest import EDIT, LOGIN, MENU, PASSWORD, PROFILE
from tests.mylibrary.mails import CONFIRM as CONFIRM_EMAIL
from tests.mylibrary.mails import CONTACT, confirmed, key_of, link_in, mails
from tests.mylibrary.mynumber.cards import linked_patron
from tests.patrons.people import ADDRESS, applicant, residency, set_own_password
from tests.registration.support import CONFIRM, FORM, RESULT, TYPED, hidden_fields, text

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
# It stands in Django's place, which is not counted either, and parses each template once.
AROUND_TOO = ROOT / "ui" / "templatetags" / "i18n.py"
AROUND = ("audit", "bench", "oita_library", "outages", "tests", ".venv")


@dataclass
class Cost:
    """Statements, and the code objects of ours that were entered."""

    statements: list[str] = field(default_factory=list)
    entered: set[CodeType] = field(default_factory=set)

    def __str__(self) -> str:
        return (
            f"{len(self.statements)} statements, {len(self.files)} files, "
            f"{len(self.functions)} functions"
        )

    @property
    def files(self) -> set[str]:
        return {code.co_filename for code in self.entered}

    @property
    def functions(self) -> set[tuple[str, str]]:
        """The functions by name: what a comprehension or a lambda does is its function's."""
        names = {(code.co_filename, code.co_qualname) for code in self.entered}
        return {(path, name) for path, name in names if not name.endswith(">")}

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Add what happens within."""

        def note(frame: FrameType, event: str, _: Any) -> None:
            if event == "call" and _is_ours(frame.f_code):
                self.entered.add(frame.f_code)

        with CaptureQueriesContext(connection) as captured:
            sys.setprofile(note)
            try:
                yield
            finally:
                sys.setprofile(None)
        self.statements += [query["sql"] for query in captured.captured_queries]


def _is_ours(code: CodeType) -> bool:
    path = Path(code.co_filename)
    if not path.is_relative_to(ROOT) or path == AROUND_TOO:
        return False
    return path.relative_to(ROOT).parts[0] not in AROUND


@pytest.fixture
def cost(request: pytest.FixtureRequest) -> Iterator[Cost]:
    """What the test measures, printed at its end (`pytest -rP` shows it)."""
    found = Cost()
    yield found
    sys.stdout.write(f"{request.node.name}: {found}\n")


def test_the_two_posts_of_a_registration(client, identity_service, cost):
    # The first address of a process reads the table of towns.
    address_key(ADDRESS)
    identity_service.sign_in(client)
    form = hidden_fields(text(client.get(FORM)))
    with cost.measured():
        assert client.post(FORM, TYPED | form).url == CONFIRM
    shown = hidden_fields(text(client.get(CONFIRM)))
    with cost.measured():
        assert client.post(CONFIRM, shown).url == RESULT
    assert Patron.objects.count() == 1
    assert len(cost.statements) <= 24
    assert len(cost.files) <= 26
    assert len(cost.functions) <= 88


def test_the_way_back_of_a_card_login(client, identity_service, cost):
    linked_patron(identity_service)
    # The first time, the login is made and the service's keys are fetched.
    identity_service.sign_in(client, purpose="login")
    client.logout()
    back = identity_service.approve(identity_service.start(client, {"purpose": "login"}))
    with cost.measured():
        assert follow(client, back).url == MENU
    assert len(cost.statements) <= 9
    assert len(cost.files) <= 28
    assert len(cost.functions) <= 93


def test_a_change_of_the_email_address(client, cost):
    patron = confirmed(register_patron(applicant=applicant(), residency=residency()))
    set_own_password(patron=patron, password=PASSWORD)
    client.post(LOGIN, {"username": patron.number, "password": PASSWORD})
    typed = hidden_fields(text(client.get(EDIT))) | CONTACT | {"email": "new@example.jp"}
    with cost.measured():
        assert client.post(EDIT, typed).url == PROFILE
    assert client.get(PROFILE).status_code == 200
    link = link_in(mails("email_confirmation")[0])
    with cost.measured():
        assert client.get(link).status_code == 200
        assert client.post(CONFIRM_EMAIL, {"key": key_of(link)}).url == PROFILE
    patron.refresh_from_db()
    assert patron.email == "new@example.jp"
    assert len(cost.statements) <= 26
    assert len(cost.files) <= 35
    assert len(cost.functions) <= 107
