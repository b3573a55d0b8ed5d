"""No form that takes an address lets anything but one address into a mail."""

import re

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from characters.text import InvalidInput
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest
from notices.delivery import deliver
from notices.models import Notice
from patrons.models import Patron
from patrons.normalize import normalize_email
from registration.application.models import Application
from tests.mylibrary.conftest import PASSWORD
from tests.mylibrary.mails import CONTACT, RESET, confirmed, edit
from tests.registration.support import FORM, TYPED, identify
from tests.staff.pages import save

pytestmark = pytest.mark.django_db
ONE_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9.-]+")
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00", "\t"]
INJECTIONS = [
    *(f"a@example.jp{line}Bcc: victim@example.org" for line in BREAKS),
    *(f"a{line}@example.jp" for line in BREAKS),
    *(f"a@exam{line}ple.jp" for line in BREAKS),
    "a@example.jp, victim@example.org",
    "a@example.jp; victim@example.org",
    "a@example.jp victim@example.org",
    "a@example.jp、victim@example.org",
    "<a@example.jp> victim@example.org",
    "victim@example.org <a@example.jp>",
    '"a\r\nBcc: victim@example.org"@example.jp',
    "=?utf-8?q?a=0D=0ABcc=3Avictim=40example.org?=@example.jp",
    "a@example.jp\uff1bvictim@example.org",
    "a@[127.0.0.1]",
]
# Every form asks the same rule; of each kind it gets one.
OF_EACH_KIND = [
    "a@example.jp\r\nBcc: victim@example.org",
    "a\x00@example.jp",
    "a@exam\u2028ple.jp",
    "a@example.jp, victim@example.org",
    "=?utf-8?q?a=0D=0ABcc=3Avictim=40example.org?=@example.jp",
]


def assert_only_addresses_are_stored() -> None:
    stored = [
        *Patron.objects.values_list("email", flat=True),
        *EmailConfirmation.objects.values_list("email", flat=True),
        *Application.objects.exclude(state="started").values_list("email", flat=True),
        *ResetRequest.objects.values_list("email_key", flat=True),
        *Notice.objects.values_list("recipient", flat=True),
    ]
    wrong = [address for address in stored if address and not ONE_ADDRESS.fullmatch(address)]
    assert wrong == []
    assert "victim@example.org" not in stored


def assert_mails_have_one_recipient() -> None:
    for notice in Notice.objects.to_be_sent():
        deliver(notice_id=notice.pk)
    for sent in mail.outbox:
        headers = sent.message()
        assert len(sent.recipients()) == 1
        assert headers["Bcc"] is None
        assert headers["Cc"] is None


@pytest.mark.parametrize("typed", INJECTIONS)
def test_rule(typed):
    with pytest.raises(InvalidInput):
        normalize_email(typed)


@pytest.mark.parametrize("typed", OF_EACH_KIND)
def test_change_of_the_contact_data(at_home, member, typed):
    assert edit(at_home, CONTACT | {"email": typed}).status_code == 422
    confirmed(member)
    assert edit(at_home, CONTACT | {"email": typed}).status_code == 422
    assert_only_addresses_are_stored()
    assert not Notice.objects.exists()


@pytest.mark.parametrize("typed", OF_EACH_KIND)
def test_asking_for_a_password(client, member, typed):
    confirmed(member)
    answered = client.post(RESET, {"number": member.number, "email": typed})
    assert answered.status_code == 422
    assert not ResetRequest.objects.exists()


@pytest.mark.parametrize("typed", OF_EACH_KIND)
def test_registration(client, db, typed):
    draft = identify(client)
    assert client.post(FORM, TYPED | {"email": typed}).status_code == 422
    draft.refresh_from_db()
    assert draft.state == "identified"
    assert not Notice.objects.exists()


@pytest.mark.parametrize("typed", OF_EACH_KIND)
def test_staffs_form(client, member, django_user_model, typed):
    client.force_login(
        django_user_model.objects.create_superuser("librarian", PASSWORD),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    save(client, f"/admin/patrons/patron/{member.pk}/change/", CONTACT | {"email": typed})
    member.refresh_from_db()
    assert member.email == CONTACT["email"]


def test_spaces_and_line_breaks_around_an_address_are_dropped(at_home, member):
    edit(at_home, CONTACT | {"email": " taro@example.jp\r\n"})
    member.refresh_from_db()
    assert member.email == "taro@example.jp"
    assert_only_addresses_are_stored()
    assert_mails_have_one_recipient()
    assert {sent.to[0] for sent in mail.outbox} == {"taro@example.jp", CONTACT["email"]}


@given(st.text(st.characters(codec=None), max_size=60), st.text(max_size=30))
def test_whatever_is_typed_is_one_address_or_refused(before, after):
    for typed in (before, f"{before}@example.jp", f"a@example.jp{before}", f"{before}@{after}"):
        try:
            normalized = normalize_email(typed)
        except InvalidInput:
            continue
        assert ONE_ADDRESS.fullmatch(normalized)
