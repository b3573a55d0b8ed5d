"""No card opens a withheld patron, for any purpose, and the answer is that for nobody known."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.enums import Event
from audit.models import Record
from mylibrary.mynumber.models import LinkOffer
from patrons.models import IdentityLink, Patron
from tests.identity import follow
from tests.mylibrary.conftest import MENU, PROFILE
from tests.mylibrary.mynumber.cards import (
    LOGIN_OFFER,
    NOT_FOUND,
    NUMBER,
    OTHER_ADDRESS,
    RECOVER_OFFER,
    RESET,
    counter_patron,
    linked_patron,
    logged_in_as,
)
from tests.patrons.people import set_own_password
from tests.registration.support import FORM, RESULT, TYPED, outcome_of, text
from tests.withheld import withheld, without_logging_out

pytestmark = pytest.mark.django_db
# What differs between two answers of one page.
TOKENS = re.compile(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"|A-[0-9]+')
HIDDEN_ONES = {
    "linked": lambda service: linked_patron(service),
    "linked, moved": lambda service: linked_patron(service, address=OTHER_ADDRESS),
    "found by the address": lambda service: counter_patron(),
    "found by the phone": lambda service: counter_patron(address=OTHER_ADDRESS),
    "with no phone": lambda service: counter_patron(address=OTHER_ADDRESS, phone=""),
}


def read(service, purpose: str) -> tuple[str, int, str, list[str]]:
    """Read the card: where it leads, the page's status and text there, the statements."""
    client = Client()
    back = service.approve(service.start(client, {"purpose": purpose}))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answered = follow(client, back)
    page = client.get(answered.url)
    statements = [re.sub(r"'[^']*'|\d+", "?", query["sql"])[:60] for query in queries]
    return answered.url, page.status_code, TOKENS.sub("", page.content.decode()), statements


@pytest.mark.parametrize("purpose", ["login", "recover"])
@pytest.mark.parametrize("who", HIDDEN_ONES)
def test_the_answer_is_that_for_nobody_known(identity_service, who, purpose):
    nobody = read(identity_service, purpose)
    assert nobody[0] == NOT_FOUND
    patron = HIDDEN_ONES[who](identity_service)
    known = read(identity_service, purpose)
    assert known[:3] != nobody[:3]
    withheld(patron)
    assert read(identity_service, purpose) == nobody
    assert "窓口" in nobody[2]
    assert not IdentityLink.objects.exclude(patron=patron).exists()
    tried = Record.objects.filter(event=Event.MYNUMBER_REFUSED).order_by("pk")
    assert [(row.reason, row.patron_id) for row in tried][-1] == ("withheld", patron.pk)


@pytest.mark.parametrize(
    ("purpose", "offer", "start"),
    [("login", LOGIN_OFFER, "/mylibrary/login/"), ("recover", RECOVER_OFFER, RESET)],
)
def test_an_offer_made_before_is_gone(client, identity_service, purpose, offer, start):
    patron = counter_patron()
    assert identity_service.sign_in(client, purpose=purpose).url == offer
    withheld(patron)
    for answered in (client.get(offer), client.post(offer)):
        assert answered.url.startswith(start)
    assert LinkOffer.objects.exists()
    assert not IdentityLink.objects.exists()
    assert logged_in_as(client) is None


def test_a_number_that_was_shown_is_shown_no_more(client, identity_service):
    patron = linked_patron(identity_service)
    assert identity_service.sign_in(client, purpose="recover").url == NUMBER
    assert patron.number in text(client.get(NUMBER))
    withheld(patron)
    assert client.get(NUMBER).url.startswith(RESET)
    new = "blue-mountain-river"
    fields = {"new_password": new, "new_password_again": new}
    assert client.post(NUMBER, fields).url.startswith(RESET)
    assert not Patron.objects.get().has_own_password


def at_home_with(patron: Patron, log_in) -> Client:
    set_own_password(patron=patron, password="tall-green-lighthouse")
    client = Client()
    assert log_in(client, patron.number).url == MENU
    return client


@pytest.mark.parametrize("purpose", ["link", "refresh"])
def test_the_profile_takes_no_card(identity_service, log_in, purpose):
    patron = linked_patron(identity_service, address=OTHER_ADDRESS)
    withheld(patron)
    client = at_home_with(patron, log_in)
    profile = text(client.get(PROFILE))
    assert f'value="{purpose}"' not in profile
    assert client.post("/myna/start/", {"purpose": purpose}).url == PROFILE
    assert "窓口で承ります。何も変わっていません。" in text(client.get(PROFILE))


@pytest.mark.parametrize("purpose", ["link", "refresh"])
def test_a_card_that_is_on_its_way_changes_nothing(identity_service, log_in, purpose):
    patron = linked_patron(identity_service, address=OTHER_ADDRESS)
    links = list(IdentityLink.objects.values())
    client = at_home_with(patron, log_in)
    back = identity_service.approve(identity_service.start(client, {"purpose": purpose}))
    without_logging_out(patron)
    assert follow(client, back).url == PROFILE
    assert "窓口で承ります。何も変わっていません。" in text(client.get(PROFILE))
    assert Patron.objects.get().address == OTHER_ADDRESS
    assert list(IdentityLink.objects.values()) == links
    assert Record.objects.filter(event=Event.MYNUMBER_REFUSED, reason="withheld").exists()


def apply(service, phone: str, card: str = "oita-taro") -> tuple[Client, str]:
    """Register with the card in a new browser; return it and its result."""
    client = Client()
    service.sign_in(client, card=card)
    assert client.post(FORM, TYPED | {"phone": phone}).url == RESULT
    return client, TOKENS.sub("", text(client.get(RESULT)))


@pytest.mark.parametrize("who", HIDDEN_ONES)
def test_who_registers_again_is_stopped_like_anybody_and_goes_to_staff(identity_service, who):
    counter_patron("oita-hanako", address=OTHER_ADDRESS)
    _, may_be_registered = apply(identity_service, "0970000000", "oita-hanako")
    patron = HIDDEN_ONES[who](identity_service)
    withheld(patron)
    client, result = apply(identity_service, patron.phone or "0970000000")
    case = outcome_of(client)
    assert (case.state, case.candidate_ids) == ("review", [patron.pk])
    assert result == may_be_registered
    assert "すでに登録されている可能性があります" in result
    assert patron.number not in result
    assert Patron.objects.count() == 2
