"""The mails of My Library as their recipients find them, and the links in them."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from mylibrary.reset.models import ResetRequest
from mylibrary.reset.services import answer
from notices.enclosures import fill
from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import EDIT
from tests.registration.support import hidden_fields, text

SEND = "/mylibrary/profile/email/send/"
CANCEL = "/mylibrary/profile/email/cancel/"
CONFIRM = "/mylibrary/profile/email/confirm/"
RESET = "/mylibrary/password/reset/"
SENT = "/mylibrary/password/reset/sent/"
RESET_LINK = "/mylibrary/password/reset/link/"
NEW_PASSWORD = "/mylibrary/password/reset/new/"
DONE = "/mylibrary/password/reset/done/"
CONTACT = {"phone": "0970000000", "email": "oita@oita.co.jp", "contact_method": "none"}
_LINK = re.compile(r"https?://\S+")


def mails(kind: str) -> list[Notice]:
    """Return the mails of a kind, the newest first."""
    return list(Notice.objects.filter(kind=kind).exclude(recipient=""))


def as_mailed(notice: Notice) -> str:
    """Return a message's text as the mail has it."""
    text = fill(notice)
    assert text is not None, "nothing is mailed any more"
    return text


def link_in(notice: Notice) -> str:
    """Return the path and query of the one link that asks for something."""
    (link,) = (found for found in _LINK.findall(as_mailed(notice)) if "?key=" in found)
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def key_of(link: str) -> str:
    """Return the key of a link."""
    return link.partition("?key=")[2]


def confirmed(patron: Patron) -> Patron:
    """Make the address on record a confirmed one."""
    Patron.objects.filter(pk=patron.pk).update(confirmed_email=patron.email)
    patron.refresh_from_db()
    return patron


def edit(client: Client, typed: Mapping[str, str]) -> HttpResponse:
    """Open 利用者情報変更 and send it with what was typed."""
    page = client.get(EDIT)
    assert page.status_code == 200
    return client.post(EDIT, hidden_fields(text(page)) | typed)


def ask(client: Client, number: str, email: str) -> None:
    """Ask for a new password by mail, and let the worker look whom that fits."""
    answered = client.post(RESET, {"number": number, "email": email})
    assert (answered.status_code, answered.url) == (302, SENT)
    for waiting in ResetRequest.objects.unanswered():
        answer(request_id=waiting.pk)
