"""The patron first, then what hangs on it: nobody waits for each other in vain."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Passkey
from mylibrary.kana.models import KanaRequest
from mylibrary.kana.services import KanaRequestClosed, ask_for_kana, decide_kana_request
from mylibrary.profile.models import EmailConfirmation
from mylibrary.profile.services import confirm_email, mark_of, update_contact
from mylibrary.reset.models import ResetRequest
from mylibrary.reset.services import answer, use_reset
from notices.enclosures import MailedLinkDead
from notices.models import Notice
from patrons.models import Patron
from patrons.retention import erase_patron, lock_patron
from patrons.services import PatronErased
from tests.accounts.authenticator import Authenticator
from tests.mylibrary.conftest import PASSWORD
from tests.mylibrary.mails import CONTACT, RESET, ask, confirmed, key_of, link_in, mails
from tests.mylibrary.own_data.test_erasure_parallel import is_empty
from tests.mylibrary.passkeys.passkeys import ADD, OPTIONS, PASSKEYS, add, asked_for, send
from tests.patrons.people import set_own_password
from tests.patrons.threads import until_somebody_waits
from tests.registration.support import hidden_fields, text

pytestmark = pytest.mark.django_db(transaction=True)
REQUESTS = "/admin/mylibrary/kanarequest/"
WANTED = ("オオイタ", "タロー")
NEW = "blue-mountain-river"
OTHER = "other@example.jp"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("librarian", PASSWORD)


@pytest.fixture
def forgetful(member) -> Patron:
    return confirmed(member)


def outcome(work: Callable[[], object]) -> object:
    """Return what work returns, or the type of the refusal it ends with."""
    try:
        return work()
    except (KanaRequestClosed, MailedLinkDead, PatronErased) as refusal:
        return type(refusal)


def meanwhile(patron: Patron, work: Callable[[], object], then: Callable[[], object]) -> object:
    """Let work begin while the patron's row is locked, do `then` while it waits, and end it."""
    locked = threading.Event()

    def run() -> object:
        try:
            assert locked.wait(30)
            return outcome(work)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        with transaction.atomic():
            lock_patron(patron_id=patron.pk)
            locked.set()
            until_somebody_waits()
            then()
        return running.result(timeout=30)


def erased_meanwhile(patron: Patron, work: Callable[[], object]) -> object:
    result = meanwhile(patron, work, lambda: erase_patron(patron_id=patron.pk))
    assert is_empty(patron)
    return result


@pytest.mark.parametrize("approve", [True, False])
def test_kana_are_decided_while_the_patron_is_erased(member, staff, approve):
    asked = ask_for_kana(patron=member, kana=WANTED)

    def decide() -> KanaRequest:
        return decide_kana_request(change=asked, staff=staff, approve=approve, note="a")

    assert erased_meanwhile(member, decide) is KanaRequestClosed
    assert not Notice.objects.exists()


def test_staff_are_told_of_a_wish_that_went_with_its_patron(member, staff):
    asked = ask_for_kana(patron=member, kana=WANTED)
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    page = f"{REQUESTS}{asked.pk}/change/"
    fields = hidden_fields(text(browser.get(page))) | {"choice": "approve", "final": "1"}
    said = erased_meanwhile(member, lambda: browser.post(page, fields))
    assert said.url == REQUESTS
    assert "個人情報が消去され、申し込みもなくなりました" in text(browser.get(REQUESTS))


def test_no_kana_is_asked_for_a_patron_who_is_being_erased(member):
    asked = erased_meanwhile(member, lambda: ask_for_kana(patron=member, kana=WANTED))
    assert asked is PatronErased
    assert not KanaRequest.objects.exists()


def test_a_request_for_a_new_password_is_answered_while_the_patron_is_erased(forgetful):
    Client().post(RESET, {"number": forgetful.number, "email": forgetful.email})
    asked = ResetRequest.objects.get()
    assert erased_meanwhile(forgetful, lambda: answer(request_id=asked.pk)) is False
    assert not ResetRequest.objects.exists()
    assert not mails("password_reset")


def test_a_link_to_a_new_password_is_used_while_the_patron_is_erased(forgetful):
    ask(Client(), forgetful.number, forgetful.email)
    key = key_of(link_in(mails("password_reset")[0]))
    assert erased_meanwhile(forgetful, lambda: use_reset(key=key, password=NEW)) is MailedLinkDead
    forgetful.user.refresh_from_db()
    assert not forgetful.user.has_usable_password()


def test_a_link_to_a_new_password_is_used_while_the_password_is_changed(forgetful):
    ask(Client(), forgetful.number, forgetful.email)
    key = key_of(link_in(mails("password_reset")[0]))

    def change() -> None:
        set_own_password(patron=forgetful, password="another-long-one")

    assert meanwhile(forgetful, lambda: use_reset(key=key, password=NEW), change) is MailedLinkDead
    forgetful.user.refresh_from_db()
    assert forgetful.user.check_password("another-long-one")


def test_a_passkey_is_added_while_the_patron_is_erased(member, at_home):
    made = Authenticator().create(asked_for(at_home, OPTIONS, name="iPhone"))
    sent = {"name": "iPhone", "response": made}
    assert erased_meanwhile(member, lambda: send(at_home, ADD, sent)).status_code == 302
    assert not Passkey.objects.exists()


def test_a_passkey_is_removed_while_the_patron_is_erased(member, at_home):
    add(at_home, Authenticator())
    address = f"{PASSKEYS}{Passkey.objects.get().pk}/remove/"
    assert erased_meanwhile(member, lambda: at_home.post(address)).status_code == 302
    assert not Passkey.objects.exists()


@pytest.fixture
def link(forgetful) -> str:
    """The key of a link that was mailed to another address."""
    change = CONTACT | {"email": OTHER, "mark": mark_of(forgetful, None)}
    update_contact(patron=forgetful, **change)
    return key_of(link_in(mails("email_confirmation")[0]))


def test_no_address_is_confirmed_of_a_patron_who_is_being_erased(forgetful, link):
    confirm = erased_meanwhile(forgetful, lambda: confirm_email(patron=forgetful, key=link))
    assert confirm is PatronErased


def test_an_address_is_confirmed_of_the_patron_as_stored_by_then(forgetful, link):
    def change() -> None:
        Patron.objects.update(phone="0977000009")

    done = meanwhile(forgetful, lambda: confirm_email(patron=forgetful, key=link), change)
    assert (done.phone, done.email) == ("0977000009", OTHER)
    assert not EmailConfirmation.objects.exists()


@pytest.mark.parametrize("change", [{"email": "third@example.jp"}, {"expires_at": LONG_AGO}])
def test_a_link_that_dies_while_it_waits_confirms_nothing(forgetful, link, change):
    def confirm() -> Patron:
        return confirm_email(patron=forgetful, key=link)

    dead = meanwhile(forgetful, confirm, lambda: EmailConfirmation.objects.update(**change))
    assert dead is MailedLinkDead
    assert EmailConfirmation.objects.filter(**change).exists()
    assert Patron.objects.get().email != OTHER
