"""Registered, but the browser's session does not know: the answer was cut off, or is on its way.

A killed process, or another request of the same browser between registering and saving the session.
"""

import pytest
from django.test import Client

from patrons.models import Patron
from registration import services
from tests.registration.support import (
    CONFIRM,
    FORM,
    HANAKO,
    RESULT,
    TARO,
    TYPED,
    entered,
    hidden_fields,
    identify,
    registered,
)

pytestmark = pytest.mark.django_db
CANCEL = "/registration/cancel/"


@pytest.fixture
def cut_off(client: Client) -> Client:
    """A browser that pressed 登録 and never got an answer."""
    services.register(application_id=entered(client).pk)
    return client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", FORM),
        ("post", FORM),
        ("get", CONFIRM),
        ("post", CONFIRM),
        ("post", CANCEL),
    ],
)
def test_whatever_is_opened_next_leads_to_the_result(cut_off, method, path):
    assert getattr(cut_off, method)(path).url == RESULT
    number = Patron.objects.get().number
    assert f"『{number}』" in cut_off.get(RESULT).content.decode()


def test_the_result_page_itself_shows_the_number(cut_off):
    assert f"『{Patron.objects.get().number}』" in cut_off.get(RESULT).content.decode()


def test_starting_another_identification_does_not_lose_the_result(cut_off):
    cut_off.post("/myna/start/", TYPED)
    assert f"『{Patron.objects.get().number}』" in cut_off.get(RESULT).content.decode()


def test_an_old_form_does_not_cancel_what_is_registered(client):
    identify(client)
    shown = hidden_fields(client.get(FORM).content.decode())
    registered(client)
    assert client.post(CANCEL, shown).url == RESULT


def test_cancelling_the_next_application_is_not_taken_for_the_last(client):
    registered(client, TARO)
    identify(client, HANAKO)
    shown = hidden_fields(client.get(FORM).content.decode())
    assert "登録をやめました" in client.post(CANCEL, shown).content.decode()
