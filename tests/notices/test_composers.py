"""Every mail the library writes: plain text, a subject that arrives, and nothing personal in it."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from mylibrary import security_notices
from mylibrary.first_login import emails as first_login_emails
from mylibrary.kana import emails as kana_emails
from mylibrary.own_data import emails as erasure_emails
from mylibrary.own_data.models import DeclineReason
from mylibrary.profile import emails as profile_emails
from mylibrary.reset import emails as reset_emails
from mylibrary.security_notices import SecurityChange
from mylibrary.signin import emails as signin_emails
from notices import texts
from notices.delivery import deliver
from notices.enclosures import PLACES, Enclosed, fill, makers
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import Message
from patrons.models import Patron
from patrons.services import register_patron
from registration.application import emails
from registration.review import emails as review_emails
from tests.patrons.people import applicant, residency
from tests.project.test_floors import FLOORS, ROOT

pytestmark = pytest.mark.django_db

ADDRESS = "大分県由布市湯布院町川上３０００番地の１"
PERSON = {
    "name": "衛藤　和音",
    "birth_date": "19501103",
    "address": ADDRESS,
    "last_name_kana": "エトウ",
    "first_name_kana": "カズネ",
    "postal_code": "8795102",
    "phone": "0975000002",
    "email": "kazune@example.jp",
}
# What would tell a stranger with the mailbox who the person is, however it is written.
PERSONAL = (
    *("衛藤", "和音", "エトウ", "カズネ"),
    *("19501103", "1950/11/3", "1950年11月3日"),
    *("由布", "湯布院", "川上", "8795102", "879-5102"),
    *("0975000002", "097-500-0002", "kazune"),
)
HEADERS = {
    *("Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To"),
    *("Date", "Message-ID", "Auto-Submitted"),
}
# Every address that may stand in a stored text, and nothing that opens something behind it.
ADDRESS_IN_TEXT = re.compile(r"https?://\S+")

LINK = "https://library.example/registration/review/?key=abc"

# By the composer's dotted name; each returns a mail as it would be written to the patron.
EXAMPLES: dict[str, Callable[[Patron], list[Message]]] = {
    "registration.application.emails.application_received": lambda patron: [
        emails.application_received(patron=patron)
    ],
    "registration.review.emails.approved": lambda patron: [
        review_emails.approved(until=timezone.now())
    ],
    "registration.review.emails.found": lambda patron: [review_emails.found(until=timezone.now())],
    "registration.review.emails.to_counter": lambda patron: [review_emails.to_counter()],
    "registration.review.emails.undecided": lambda patron: [review_emails.undecided()],
    "registration.review.emails.mynumber_linked": lambda patron: [review_emails.mynumber_linked()],
    "registration.review.emails.reminder": lambda patron: [
        review_emails.reminder(waiting=12, late=3, ending=1)
    ],
    "mylibrary.profile.emails.confirmation": lambda patron: [
        profile_emails.confirmation(until=timezone.now())
    ],
    "mylibrary.reset.emails.password_reset": lambda patron: [
        reset_emails.password_reset(asked_at=timezone.now(), until=timezone.now())
    ],
    "mylibrary.signin.emails.first_login_reminder": lambda patron: [
        signin_emails.first_login_reminder(patron=patron)
    ],
    "mylibrary.kana.emails.kana_decided": lambda patron: [
        kana_emails.kana_decided(approved=approved) for approved in (True, False)
    ],
    "mylibrary.first_login.emails.first_login_digits": lambda patron: [
        first_login_emails.first_login_digits(asked_at=timezone.now())
    ],
    "mylibrary.own_data.emails.requested": lambda patron: [erasure_emails.requested()],
    "mylibrary.own_data.emails.declined": lambda patron: [
        erasure_emails.declined(reason=reason) for reason in DeclineReason
    ],
    "mylibrary.own_data.emails.done": lambda patron: [erasure_emails.done()],
    "notices.texts.message": lambda patron: [texts.message("お知らせ", "本文")],
    "mylibrary.security_notices.compose": lambda patron: [
        security_notices.compose(what) for what in SecurityChange
    ],
    "mylibrary.security_notices.to_former_address": lambda patron: [
        security_notices.to_former_address(SecurityChange.EMAIL, confirmed=confirmed)
        for confirmed in (True, False)
    ],
}


def composers() -> Iterator[str]:
    """Yield the dotted name of every public function that returns a `Message`."""
    for package in FLOORS:
        for path in (ROOT / package).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef) and _composes(node):
                    yield f"{module}.{node.name}"


def _composes(function: ast.FunctionDef) -> bool:
    if function.returns is None or function.name.startswith("_"):
        return False
    names = [name.id for name in ast.walk(function.returns) if isinstance(name, ast.Name)]
    return "Message" in names


@pytest.fixture
def patron(db) -> Patron:
    return register_patron(applicant=applicant(**PERSON), residency=residency(ADDRESS))


def test_every_composer_of_the_project_has_its_example_here():
    assert set(composers()) == set(EXAMPLES)


@pytest.mark.parametrize("composer", EXAMPLES)
def test_no_text_that_is_stored_opens_anything(patron, composer):
    """A link with a key, a code, a token: none has a place in a composer's text."""
    for message in EXAMPLES[composer](patron):
        text = f"{message.subject}\n{message.body}"
        for address in ADDRESS_IN_TEXT.findall(text):
            assert not re.search(r"[?&#=]|[0-9a-zA-Z_-]{20}", address), address
        assert not re.search(r"(?<![0-9年月])[0-9]{6}(?![0-9])", text)


@pytest.mark.parametrize("composer", EXAMPLES)
def test_a_mail_is_plain_arrives_intact_and_tells_nothing_personal(
    sink, patron, composer, monkeypatch
):
    monkeypatch.setitem(makers, "tests.link", lambda notice: LINK)
    written = EXAMPLES[composer](patron)
    mailed = []
    for message in written:
        encloses = any(place in message.body for place in PLACES)
        notice = send(
            patron=patron,
            kind=NoticeKind.SECURITY,
            recipient=patron.email,
            enclosed=Enclosed("tests.link", patron.pk) if encloses else None,
            **message._asdict(),
        )
        mailed.append(fill(notice))
        deliver(notice_id=notice.pk)
    for message, text, received in zip(written, mailed, sink.mails, strict=True):
        assert received["Subject"] == message.subject
        assert received.get_content_type() == "text/plain"
        assert set(received.keys()) == HEADERS
        assert received.get_content().replace("\r\n", "\n") == text
        del received["To"]
        told = [*received.values(), received.get_content()]
        assert not [word for word in PERSONAL for text in told if word in text]


def test_personal_data_would_be_found(patron):
    """The words looked for are the patron's own, as stored and as people write them."""
    for stored in (patron.name.split("\u3000")[0], patron.birth_date, patron.phone):
        assert stored in PERSONAL
    assert any(word in patron.address for word in PERSONAL)
    assert any(word in patron.email for word in PERSONAL)
