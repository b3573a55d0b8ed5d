"""What the simulated service forgets, and when."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from demo.simulator.assertions import Client as Registered
from demo.simulator.assertions import TokenError
from demo.simulator.cards import Person
from demo.simulator.protocol import PageError, Service
from myna_auth.provider import Provider
from tests.demo.simulator.test_simulator import parameters, service, token_form
from tests.identity import CALLBACK_URL, CLIENT_ID

__all__ = ["service"]


@pytest.fixture
def inside(service, client_key_file):
    """A service in this process, whose memory can grow old."""
    provider = Provider.from_settings()
    client = Registered(
        client_id=CLIENT_ID,
        redirect_uri=CALLBACK_URL,
        key_file=str(client_key_file),
        assertion_audience=provider.client_assertion_audience,
    )
    return Service(issuer=service.issuer, client=client)


def walk_inside(inside):
    """Return handle, then code, of a login that is approved when the next is asked for."""
    handle = inside.authorize({name: [value] for name, value in parameters().items()})
    yield handle
    person = Person(subject="s", name="n", birthdate="20000101", address="a")
    yield parse_qs(urlsplit(inside.approve(handle, person, "none")).query)["code"][0]


def test_a_page_is_over_after_half_an_hour(inside):
    handle = next(walk_inside(inside))
    assert 1790 < inside.pages[handle].expires - time.time() <= 1800
    inside.pages[handle].expires = time.time() - 1

    with pytest.raises(PageError):
        inside.open_page(handle)


def test_a_code_is_over_after_a_minute(inside):
    _, code = walk_inside(inside)
    assert 50 < inside.codes[code].expires - time.time() <= 60
    inside.codes[code].expires = time.time() - 1

    with pytest.raises(TokenError) as refused:
        inside.exchange(token_form(code))
    assert refused.value.error == "invalid_grant"


def test_an_access_token_is_over_after_five_minutes(inside):
    _, code = walk_inside(inside)
    grant, answer = inside.exchange(token_form(code))
    bearer = f"Bearer {answer['access_token']}"
    assert inside.userinfo(bearer) is not None
    assert 290 < grant.expires - time.time() <= 300
    grant.expires = time.time() - 1

    assert inside.userinfo(bearer) is None
