"""The answer was lost, before the session was saved or after it: the next page leads on.

A killed process, another request of the same browser, a connection that is gone.
"""

import pytest
from django.test import Client
from django.utils import timezone

from patrons.models import Patron
from registration.application import services
from registration.application.models import Application
from tests.lost_answers import lose
from tests.registration.support import (
    CONFIRM,
    FORM,
    HANAKO,
    OUTSIDER,
    RESULT,
    TARO,
    TYPED,
    entered,
    hidden_fields,
    identify,
    registered,
    text,
)

pytestmark = pytest.mark.django_db
CANCEL = "/registration/cancel/"
ANOTHER = "/registration/another/"


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


@pytest.fixture
def unheard(client) -> Client:
    """A browser that pressed 登録, was registered, and never got the answer."""
    entered(client)
    shown = hidden_fields(text(client.get(CONFIRM)))
    assert lose(client, lambda browser: browser.post(CONFIRM, shown)).url == RESULT
    return client


@pytest.mark.parametrize("path", [FORM, CONFIRM, RESULT])
def test_after_a_lost_answer_to_the_registration_every_page_leads_to_the_result(unheard, path):
    page = unheard.get(path, follow=True)
    assert f"『{Patron.objects.get().number}』" in text(page)


def test_the_form_leads_to_the_result_for_as_long_as_it_is_visible(unheard):
    assert unheard.get(RESULT).status_code == 200
    assert unheard.get(FORM).url == RESULT
    Application.objects.update(expires_at=timezone.now())
    assert Patron.objects.get().number not in text(unheard.get(FORM))


def test_the_next_person_begins_with_an_empty_form(unheard):
    assert lose(unheard, lambda browser: browser.post(ANOTHER)).url == FORM
    page = unheard.get(FORM)
    assert page.status_code == 200
    assert TYPED["email"] not in text(page)


def test_a_refusal_that_was_not_heard_is_told(client):
    identify(client, OUTSIDER)
    assert lose(client, lambda browser: browser.post(FORM, TYPED)).url == RESULT
    assert client.get(FORM).url == RESULT
    assert "対象の地域ではありません" in text(client.get(RESULT))
    assert client.get(FORM).status_code == 200


@pytest.mark.parametrize(
    ("path", "fields", "end"),
    [
        (FORM, TYPED, CONFIRM),
        (FORM, TYPED | {"phone": "nonsense"}, None),
        ("/registration/reset/", {}, FORM),
        (CANCEL, {}, None),
        (ANOTHER, {}, FORM),
        ("/registration/finish/", {}, None),
    ],
)
def test_every_button_can_be_pressed_again(client, path, fields, end):
    identify(client)
    first = lose(client, lambda browser: browser.post(path, fields))
    second = client.post(path, fields)
    assert first.status_code == second.status_code
    assert second.headers.get("Location") == end
    assert client.get(end or FORM).status_code == 200


def test_what_was_typed_before_the_card_is_there_when_the_start_is_pressed_again(
    client, identity_service
):
    lose(client, lambda browser: identity_service.start(browser, TYPED))
    identity_service.sign_in(client, data=TYPED)
    assert TYPED["email"] in text(client.get(FORM))
