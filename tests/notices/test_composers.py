"""Every mail the library writes: two parts that say the same, and nothing personal in them."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import gettext, override

from branches.models import Branch
from mylibrary.own_data.models import DeclineReason
from mylibrary.security_notices import SecurityChange
from notices import texts
from notices.delivery import deliver
from notices.enclosures import Enclosed, fill, makers
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import Message, in_every_language, message, without_library
from notices.titles import givers
from patrons.models import Patron
from patrons.services import register_patron
from tests.notices.html import Shown, squeezed
from tests.notices.sink import html_of, text_of
from tests.patrons.people import applicant, residency

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
    *("Content-Type", "MIME-Version", "Subject", "From", "To"),
    *("Date", "Message-ID", "Auto-Submitted"),
}
JAPANESE = re.compile(r"[\u3001-\u30ff\u4e00-\u9fff]")
# Every address that may stand in a stored text, and nothing that opens something behind it.
ADDRESS_IN_TEXT = re.compile(r"https?://\S+")

SITE = "https://library.example"
LINK = f"{SITE}/registration/review/?key=abc"

# What each template is rendered with, once for every way its text can go.
NOW = datetime(2026, 3, 10, tzinfo=UTC)
LINKED = [{"asked_at": NOW, "until": NOW}]
ONE_ITEM = {"day": NOW.date(), "count": 1, "closed": False}
AT_MAIN = {
    "branch": Branch(name="大分市民図書館", name_en="Oita Citizens Library"),
    "day": NOW.date(),
    "count": 1,
}
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "registration/application/mails/received.txt": [
        {"number": "8000028", "received": NOW, "deadline": NOW, "confirmation": True},
        {"number": "8000028", "received": NOW, "deadline": None, "confirmation": None},
    ],
    "registration/review/mails/approved.txt": LINKED,
    "registration/review/mails/found.txt": LINKED,
    "registration/review/mails/to_counter.txt": [{}, {"undecided": True}],
    "registration/review/mails/mynumber_linked.txt": [{}],
    "registration/review/mails/received.txt": [
        {"receipt": "A-123", "answer_by": NOW.date(), "overdue": overdue}
        for overdue in (False, True)
    ],
    "registration/review/mails/delayed.txt": [{"receipt": "A-123", "answer_by": NOW.date()}],
    "registration/review/mails/staff_reminder.txt": [
        {"waiting": 12, "for_a_day": 5, "late": 3, "ending": 1, "days": 7}
    ],
    "circulation/mails/loan_due.txt": [
        {"count": 3, "lines": [{"day": NOW.date(), "count": 2, "closed": True}, ONE_ITEM]},
        {"count": 1, "lines": [ONE_ITEM]},
    ],
    "circulation/mails/loan_overdue.txt": [{"count": 1, "lines": [ONE_ITEM]}],
    "circulation/mails/hold_ready.txt": [
        {"count": 3, "lines": [AT_MAIN, {**AT_MAIN, "day": None}, {**AT_MAIN, "branch": None}]},
    ],
    "circulation/mails/hold_expired.txt": [{"count": 1}, {"count": 2}],
    "mylibrary/profile/mails/confirmation.txt": LINKED,
    "mylibrary/requests/mails/answered.txt": [{"count": 1}, {"count": 3}],
    "mylibrary/reset/mails/password_reset.txt": LINKED,
    "mylibrary/signin/mails/first_login_reminder.txt": [
        {"until": NOW, "received": NOW, "online": online, "confirmation": online}
        for online in (True, False)
    ],
    "mylibrary/alerts/mails/arrived.txt": [
        {"count": count, "listed": min(count, 50), "more": count > 50} for count in (3, 200)
    ],
    "mylibrary/kana/mails/decided.txt": [{"approved": True}, {"approved": False}],
    "mylibrary/first_login/mails/digits.txt": LINKED,
    "mylibrary/own_data/mails/requested.txt": [{}],
    "mylibrary/own_data/mails/declined.txt": [{"reason": reason} for reason in DeclineReason],
    "mylibrary/own_data/mails/done.txt": [{}],
    "mylibrary/mails/security_notice.txt": [
        *({"to": "patron", "what": what.label, "at": NOW} for what in SecurityChange),
        *(
            {"to": to, "what": SecurityChange.EMAIL.label, "at": NOW}
            for to in ("patron_by_staff", "former_address", "")
        ),
    ],
}
PARTS = {
    "mylibrary/mails/foot.txt",
    "registration/review/mails/foot.txt",
    "circulation/mails/foot.txt",
}
LANGUAGES = [code for code, _ in settings.LANGUAGES]


def written(mail: str, language: str) -> list[Message]:
    return [message(mail, language, **context) for context in EXAMPLES[mail]]


@pytest.fixture
def patron(db) -> Patron:
    return register_patron(applicant=applicant(**PERSON), residency=residency(ADDRESS))


def test_every_mail_of_the_project_has_its_example_here():
    templates = settings.BASE_DIR / "templates"
    found = {str(path.relative_to(templates)) for path in templates.rglob("mails/*.txt")}
    assert found == EXAMPLES.keys() | PARTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mail", EXAMPLES)
def test_no_text_that_is_stored_opens_anything(mail, language):
    """A link with a key, a code, a token: none has a place in a template's text."""
    for found in written(mail, language):
        text = f"{found.subject}\n{found.body}"
        for address in ADDRESS_IN_TEXT.findall(text):
            assert not re.search(r"[?&#=]|[0-9a-zA-Z_-]{20}", address), address
        assert not re.search(r"(?<![0-9年月])[0-9]{6}(?![0-9])", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mail", EXAMPLES)
def test_a_mail_arrives_intact_in_both_parts_and_tells_nothing_personal(
    sink, patron, mail, language, monkeypatch, settings
):
    settings.PUBLIC_BASE_URL = SITE
    monkeypatch.setitem(makers, "tests.link", lambda notice: LINK)
    monkeypatch.setitem(givers, NoticeKind.SECURITY, lambda patron, ids: [])
    messages = written(mail, language)
    mailed = []
    for one in messages:
        encloses = any(place in one.body for place in in_every_language(texts.LINK, texts.DIGITS))
        has_titles = any(place in one.body for place in in_every_language(texts.TITLES))
        notice = send(
            patron=patron,
            kind=NoticeKind.SECURITY,
            recipient=patron.email,
            enclosed=Enclosed("tests.link", patron.pk) if encloses else None,
            about=[patron.pk] if has_titles else (),
            **one._asdict(),
        )
        mailed.append(fill(notice))
        deliver(notice_id=notice.pk)
    for one, text, received in zip(messages, mailed, sink.mails, strict=True):
        assert received["Subject"] == one.subject
        assert received.get_content_type() == "multipart/alternative"
        assert set(received.keys()) == HEADERS
        assert text_of(received) == text
        shown = Shown(html_of(received))
        assert shown.language == language
        marked = re.sub(
            r'<span lang="ja">[^<]*</span>', "", html_of(received).partition("<body")[2]
        )
        assert language == "ja" or not JAPANESE.search(marked)
        with override(language):
            library = gettext(settings.LIBRARY_NAME)
        assert shown.words == squeezed(f"{library}\n{without_library(one.subject)}\n{text}")
        assert shown.links == ADDRESS_IN_TEXT.findall(text)
        del received["To"]
        told = [*received.values(), text_of(received), html_of(received)]
        assert not [word for word in PERSONAL for text in told if word in text]


def test_personal_data_would_be_found(patron):
    """The words looked for are the patron's own, as stored and as people write them."""
    for stored in (patron.name.split("\u3000")[0], patron.birth_date, patron.phone):
        assert stored in PERSONAL
    assert any(word in patron.address for word in PERSONAL)
    assert any(word in patron.email for word in PERSONAL)


@pytest.mark.parametrize("mail", [mail for mail in EXAMPLES if "staff" not in mail])
def test_english_mails_are_english(mail, settings):
    settings.LIBRARY_PHONE = "097-534-0000"
    for text in written(mail, "en"):
        assert "Oita Citizens Library" in text.subject
        for line in f"{text.subject}\n{text.body}".splitlines():
            assert re.search("[A-Za-z]", line) or not line.strip()
            assert not re.search(r"[\u3000-\u3002]", line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_blank_lines_stand_alone(language):
    for mail in EXAMPLES:
        for text in written(mail, language):
            assert "\n\n\n" not in text.body
            assert text.body == text.body.strip("\n") + "\n"
