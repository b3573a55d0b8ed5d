"""What the tests of the journey share: people, what they type, and how far they got."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from myna_auth.claims import VerifiedIdentity
from patrons import residency
from registration import session
from registration.application import services
from registration.application.enums import OPEN_STATES
from registration.application.models import Application

ISSUER = "https://identity.example"
TARO = VerifiedIdentity(
    issuer=ISSUER,
    subject="taro",
    name="大分\u3000太郎",
    birth_date="20130720",
    address="大分県大分市金池南１丁目５番１号",
)
HANAKO = replace(TARO, subject="hanako", name="大分\u3000花子", birth_date="20150303")
OUTSIDER = replace(TARO, subject="outsider", address="福岡県福岡市中央区天神１丁目８番１号")
TYPED = {
    "last_name_kana": "オオイタ",
    "first_name_kana": "タロウ",
    "postal_code": "8700000",
    "phone": "0970000000",
    "email": "oita@oita.co.jp",
    "contact_method": "none",
}
TYPED_BY_HANAKO = TYPED | {"first_name_kana": "ハナコ"}
FORM = "/registration/"
CONFIRM = "/registration/confirm/"
RESULT = "/registration/result/"


def draft_of(client: Client) -> Application | None:
    """Return the application in a client's session."""
    return Application.objects.filter(pk=client.session.get(session.DRAFT)).first()


def outcome_of(client: Client) -> Application | None:
    """Return the answered application of a client, whose result it may not have opened yet."""
    ids = [client.session.get(name) for name in (session.DRAFT, session.OUTCOME)]
    return Application.objects.filter(pk__in=ids).exclude(state__in=OPEN_STATES).first()


def identify(client: Client, identity: VerifiedIdentity = TARO) -> Application:
    """Put an identity into a client's draft, as the way back from the identity service does."""
    draft = draft_of(client)
    draft = services.attach_identity(application_id=draft.pk if draft else None, identity=identity)
    stored = client.session
    stored[session.DRAFT] = str(draft.pk)
    stored.save()
    return draft


def entered(client: Client, identity: VerifiedIdentity = TARO, **typed: str) -> Application:
    """Bring a client to the confirmation."""
    draft = identify(client, identity)
    response = client.post(FORM, TYPED | typed)
    assert response.status_code == 302, response.content.decode()
    assert response.url == CONFIRM, response.url
    draft.refresh_from_db()
    return draft


def registered(client: Client, identity: VerifiedIdentity = TARO, **typed: str) -> Application:
    """Bring a client to the result."""
    draft = entered(client, identity, **typed)
    response = client.post(CONFIRM, hidden_fields(client.get(CONFIRM).content.decode()))
    assert response.url == RESULT
    draft.refresh_from_db()
    return draft


def enter(draft: Application, **typed: str) -> Application:
    """Send the form of a draft."""
    with transaction.atomic():
        application = Application.objects.draft(draft.pk, lock=True)
        decision = residency.decide(application.address)
        services.enter(application=application, accepted=TYPED | typed, decision=decision)
    return application


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden":
            self.fields[values["name"] or ""] = values.get("value") or ""


def hidden_fields(html: str) -> dict[str, str]:
    """Return the hidden fields of a page, without the CSRF token."""
    parser = _Hidden()
    parser.feed(html)
    return {name: value for name, value in parser.fields.items() if name != "csrfmiddlewaretoken"}


def text(response: HttpResponse) -> str:
    """Return the page of an answer, without the line breaks around its elements."""
    return re.sub(r"(?<=>)\s*\n\s*|\s*\n\s*(?=<)", "", response.content.decode())
