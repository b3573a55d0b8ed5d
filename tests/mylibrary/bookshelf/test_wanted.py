"""What was wanted before a login is on the shelf after it, whichever way somebody logs in."""

import pytest
from django.test import Client

from mylibrary.bookshelf import wanted
from mylibrary.bookshelf.models import Shelf, ShelfEntry
from tests.accounts.authenticator import Authenticator
from tests.catalog.shelves import a_record
from tests.mylibrary.conftest import BIRTH_DATE, CHOOSE
from tests.mylibrary.mynumber.cards import LOGIN_OFFER, counter_patron, linked_patron
from tests.mylibrary.passkeys.passkeys import add
from tests.mylibrary.passkeys.passkeys import log_in as log_in_by_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def address() -> str:
    return wanted.address(a_record().pk)


def test_by_card(client, identity_service, address):
    patron = linked_patron(identity_service)
    fields = {"next": address}
    assert identity_service.sign_in(client, purpose="login", data=fields).url == address
    assert ShelfEntry.objects.of(patron).exists()


def test_by_a_card_that_is_linked_first(client, identity_service, address):
    patron = counter_patron()
    identity_service.sign_in(client, purpose="login", data={"next": address})
    assert not Shelf.objects.exists()
    assert client.post(LOGIN_OFFER).url == address
    assert ShelfEntry.objects.of(patron).exists()


def test_by_passkey(client, identity_service, address):
    patron = linked_patron(identity_service)
    identity_service.sign_in(client, purpose="login")
    device = Authenticator()
    add(client, device)
    assert log_in_by_passkey(Client(), device, next=address).json() == {"next": address}
    assert ShelfEntry.objects.of(patron).exists()


def test_who_has_to_choose_a_password_first_is_asked_afterwards(client, patron, log_in, address):
    answer = log_in(client, patron.number, BIRTH_DATE, next=address)
    assert answer.url.startswith(CHOOSE)
    assert not Shelf.objects.exists()


@pytest.mark.parametrize("record", ["", "0", "x", "９", "-1", "9" * 40, "1&record=y"])
def test_what_is_no_record_disturbs_no_login(client, member, log_in, address, record):
    path = f"{address.partition('?')[0]}?record={record}"
    assert log_in(client, member.number, next=path).status_code == 302
    assert not Shelf.objects.exists()
    assert client.get(path).url == "/mylibrary/bookshelf/"
