"""Steps of a first login that the tests of this folder share."""

import re
from datetime import timedelta

from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from notices.delivery import deliver
from notices.enums import NoticeKind
from notices.models import Notice
from patrons.first_login.models import CodeKind, FirstLoginCode
from patrons.models import Patron
from tests.mylibrary.conftest import LOGIN
from tests.patrons.people import imported_patron

CONFIRM = "/mylibrary/login/confirm/"
SEND = "/mylibrary/login/confirm/send/"
PHONE = "/mylibrary/login/phone/"
OVER = f"{LOGIN}?ended=confirming"


def open_patron(**values: object) -> Patron:
    """Store a patron of the counter, whose birth date logs in."""
    return imported_patron(first_login_until=timezone.now() + timedelta(days=30), **values)


def logs_in_with_birth_date(client: Client, patron: Patron, **fields: str) -> HttpResponse:
    """Type a patron's number and birth date."""
    return client.post(LOGIN, {"username": patron.number, "password": patron.birth_date, **fields})


def type_code(client: Client, code: str, **fields: str) -> HttpResponse:
    """Type a code into the page that asks for it."""
    return client.post(CONFIRM, {"code": code, **fields})


def mails() -> list[Notice]:
    """Return the mails with digits, the newest first."""
    return list(Notice.objects.filter(kind=NoticeKind.FIRST_LOGIN_DIGITS))


def mailed_digits() -> str:
    """Send the newest mail as the worker does, and return the digits in it."""
    deliver(notice_id=mails()[0].pk)
    (digits,) = re.findall(r"^(\d{3} \d{3})$", mail.outbox[-1].body, re.MULTILINE)
    return digits


def code_of(patron: Patron, kind: CodeKind) -> FirstLoginCode:
    """Return the newest code of a kind."""
    return FirstLoginCode.objects.of(patron).filter(kind=kind).latest("made_at")


def wrong(code: FirstLoginCode) -> str:
    """Return digits that are not a code's."""
    return f"{(int(code.digits) + 1) % 10 ** len(code.digits):0{len(code.digits)}}"


def is_logged_in(client: Client) -> bool:
    """Return whether somebody is logged in."""
    return "_auth_user_id" in client.session
