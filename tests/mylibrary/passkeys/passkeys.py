"""Adding a passkey and logging in with one, as static/js/passkeys.js does it."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.accounts.authenticator import Authenticator

PASSKEYS = "/mylibrary/passkeys/"
OPTIONS = "/mylibrary/passkeys/options/"
ADD = "/mylibrary/passkeys/add/"
LOGIN_OPTIONS = "/mylibrary/login/passkey/options/"
LOGIN_FINISH = "/mylibrary/login/passkey/"


def send(client: Client, address: str, sent: object, **request: Any) -> HttpResponse:
    """Post what a script of ours would."""
    return client.post(address, sent, content_type="application/json", **request)


def asked_for(client: Client, address: str, **sent: object) -> dict[str, Any]:
    """Return the options that a page's script gets."""
    response = send(client, address, sent)
    assert response.status_code == 200, response.content.decode()
    return response.json()


def add(client: Client, authenticator: Authenticator, name: str = "iPhone") -> HttpResponse:
    """Have an authenticator make a passkey, and store it."""
    response = authenticator.create(asked_for(client, OPTIONS, name=name))
    return send(client, ADD, {"name": name, "response": response})


def log_in(client: Client, authenticator: Authenticator, **sent: object) -> HttpResponse:
    """Log in with an authenticator's passkey."""
    response = authenticator.get(asked_for(client, LOGIN_OPTIONS))
    return send(client, LOGIN_FINISH, {"response": response} | sent)
