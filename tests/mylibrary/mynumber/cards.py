"""Patrons who hold one of the simulator's cards, and what their pages are called."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse

from demo.simulator.cards import CARDS
from patrons import residency
from patrons.models import Patron
from patrons.services import register_patron
from tests.patrons.people import applicant, imported_patron

RESET = "/mylibrary/password/reset/"
NUMBER = "/mylibrary/password/reset/number/"
RECOVER_OFFER = "/mylibrary/password/reset/offer/"
LOGIN_OFFER = "/mylibrary/login/offer/"
NOT_FOUND = "/mylibrary/login/not-found/"
ELSEWHERE = "/mylibrary/login/elsewhere/"
OTHER_ADDRESS = "大分県大分市荷揚町2番31号"


def on_card(key: str = "oita-taro") -> dict[str, str]:
    """Return what a card says of its holder, as columns of a patron."""
    card = CARDS[key]
    return {"name": card.name, "birth_date": card.birthdate, "address": card.address}


def linked_patron(service: Any, key: str = "oita-taro", **changes: str) -> Patron:
    """Register the card's holder online, which links the card."""
    person = applicant(
        issuer=service.issuer, subject=CARDS[key].subject, **(on_card(key) | changes)
    )
    return register_patron(applicant=person, residency=residency.decide(person.address))


def counter_patron(key: str = "oita-taro", **changes: object) -> Patron:
    """Store the card's holder as a patron of the counter, whom no card is linked to."""
    return imported_patron(**({"phone": "0975340001"} | on_card(key) | changes))


def heading(response: HttpResponse) -> str:
    """Return a page's h1."""
    found = re.search("<h1>(.*?)</h1>", response.content.decode())
    assert found
    return unescape(found[1])


def logged_in_as(client: Any) -> str | None:
    """Return the number of the patron a client's session belongs to."""
    user_id = client.session.get("_auth_user_id")
    return Patron.objects.get(user_id=user_id).number if user_id else None
