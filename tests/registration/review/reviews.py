"""Cases in review, staff who decide on them, and the mails that follow."""

import re
from dataclasses import replace

from django.core import mail
from django.test import Client
from django.urls import reverse

from myna_auth.claims import VerifiedIdentity
from notices.delivery import deliver
from notices.models import Notice
from patrons.models import Patron
from registration.application import services
from registration.application.models import Application
from registration.review.models import ReviewDecision, Verdict
from registration.review.services import case_of, decide
from tests.registration.support import TARO, enter, hidden_fields, registered, text

ELSEWHERE = "大分県別府市上野口町１番１５号"
NAMESAKE = replace(TARO, subject="namesake", address=ELSEWHERE)
NAMESAKES_ENTRY = {
    "postal_code": "8740908",
    "phone": "0977000001",
    "email": "namesake@example.jp",
}
UNCLEAR = replace(TARO, subject="unclear", birth_date="19500000")
CASES = "/admin/registration/reviewcase/"
LINK = re.compile(r"https?://\S+/registration/review/\?key=(\w+)")
NOTE = "電話で本人に確かめた"


def first_taro() -> Patron:
    """Register the person whom the namesake is taken for."""
    return registered(Client()).patron


def case_for(identity: VerifiedIdentity = NAMESAKE, **typed: str) -> Application:
    """Bring an application of that person to its review."""
    draft = services.attach_identity(application_id=None, identity=identity)
    application = enter(draft, **(NAMESAKES_ENTRY | typed))
    assert application.state == "review", application.state
    return application


def namesake_case() -> Application:
    """Return the case of somebody with the name and birth date of a patron."""
    first_taro()
    return case_for()


def decided(application: Application, verdict: Verdict, staff, **options) -> ReviewDecision:
    """Let staff decide on what the case shows at this moment."""
    mark = case_of(Application.objects.get(pk=application.pk)).mark
    return decide(
        application=application,
        staff=staff,
        verdict=verdict,
        **({"note": NOTE, "mark": mark} | options),
    )


def mails_to(address: str) -> list:
    """Send what waits and return what an address has got."""
    for notice in Notice.objects.to_be_sent().order_by("pk"):
        deliver(notice_id=notice.pk)
    return [message for message in mail.outbox if message.to == [address]]


def mailed_key(address: str = NAMESAKES_ENTRY["email"]) -> str:
    """Return the key of the link in the last mail to an address."""
    found = LINK.search(mails_to(address)[-1].body)
    assert found
    return found[1]


def case_page(application: Application) -> str:
    return reverse("admin:registration_reviewcase_change", args=[application.pk])


def choose(staff: Client, application: Application, choice: str, note: str = NOTE):
    """Press a button of the case's page; return the page that says what will happen."""
    shown = hidden_fields(text(staff.get(case_page(application))))
    return staff.post(case_page(application), shown | {"choice": choice, "note": note})


def settle(staff: Client, application: Application, choice: str, **fields: str):
    """Press a button, then この内容で決定する."""
    page = choose(staff, application, choice)
    assert page.status_code == 200, text(page)
    return staff.post(case_page(application), hidden_fields(text(page)) | fields)
