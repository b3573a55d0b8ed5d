"""What a mail opens something with: made when it is sent, and stored nowhere."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from mylibrary.own_data.views import as_json
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest
from notices.delivery import MailDelayed, deliver
from notices.enclosures import Enclosed, makers
from notices.enums import NoticeKind
from notices.models import Notice
from notices.services import send, send_again
from notices.texts import LINK
from patrons.models import Patron
from patrons.personal_data_registry import tell
from registration.application.models import Application
from registration.review.models import Verdict
from tests.mylibrary.conftest import CHOOSE, MESSAGES, PASSWORD
from tests.mylibrary.mails import CONTACT, ask, confirmed, edit
from tests.notices.sink import text_of
from tests.registration.review.reviews import decided, namesake_case
from tests.registration.support import text

pytestmark = pytest.mark.django_db
KEY = re.compile(r"https?://\S+\?key=([0-9a-f]{64})")


def of_a_reset(member: Patron, at_home: Client, staff: object) -> None:
    ask(Client(), confirmed(member).number, member.email)


def of_a_new_address(member: Patron, at_home: Client, staff: object) -> None:
    confirmed(member)
    edit(at_home, CONTACT | {"email": "taro@example.jp"})


def of_a_review(member: Patron, at_home: Client, staff: object) -> None:
    Patron.objects.all().update(withdrawn_at=timezone.now())
    decided(namesake_case(), Verdict.OTHER_PERSON, staff)


WALKS: dict[str, Callable[[Patron, Client, object], None]] = {
    "mylibrary.password_reset": of_a_reset,
    "mylibrary.email_confirmation": of_a_new_address,
    "registration.review_link": of_a_review,
}


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("librarian", PASSWORD)


@pytest.fixture(params=WALKS)
def notice(request, member, at_home, staff) -> Notice:
    """A message of each kind whose mail opens something, as the product stores it."""
    WALKS[request.param](member, at_home, staff)
    return Notice.objects.get(enclosed=request.param)


def everything_stored() -> str:
    """Return every row of every table as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT stored::text FROM "{table}" AS stored')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def key_in(mail_text: str) -> str:
    (key,) = KEY.findall(mail_text)
    return key


def test_whoever_makes_an_enclosure_is_walked_here():
    # Digits are walked in `first_login/`.
    assert set(makers) == {*WALKS, "mylibrary.first_login_digits"}


def test_what_the_mail_opens_with_stands_nowhere_in_the_database(sink, notice, caplog):
    caplog.set_level("DEBUG")
    before = everything_stored()
    deliver(notice_id=notice.pk)
    (received,) = [mail for mail in sink.mails if mail["To"] == notice.recipient]
    digest = key_in(text_of(received))[32:]
    assert digest not in before
    assert digest not in everything_stored()
    assert "key=" not in before
    assert digest not in "\n".join(
        r.getMessage() for r in caplog.records if "mail.log" not in r.name
    )


def test_a_second_attempt_brings_the_link_that_the_first_may_have_brought(sink, notice):
    sink.answers["DATA"] = "drop"
    with pytest.raises(MailDelayed):
        deliver(notice_id=notice.pk)
    sink.answers.clear()
    deliver(notice_id=notice.pk)
    first, second = (text_of(mail) for mail in sink.mails)
    assert key_in(first) == key_in(second)
    address = urlsplit(KEY.search(first)[0])
    assert Client().get(f"{address.path}?{address.query}").status_code in (200, 302)


def test_a_mail_that_is_sent_again_gets_its_link_anew(sink, notice):
    Notice.objects.filter(pk=notice.pk).update(failed_at=timezone.now())
    assert send_again(notice=notice)
    deliver(notice_id=notice.pk)
    assert key_in(text_of(sink.mails[-1]))
    assert "key=" not in everything_stored()


def test_what_opens_nothing_any_more_is_not_mailed(sink, notice):
    over = timezone.now() - timedelta(seconds=1)
    ResetRequest.objects.update(expires_at=over)
    EmailConfirmation.objects.update(expires_at=over)
    Application.objects.update(link_until=over)
    deliver(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.failed_at
    assert notice.last_error_code == "over"
    assert sink.envelopes == []


def test_a_link_to_one_address_never_goes_to_another(sink, member, at_home):
    confirmed(member)
    edit(at_home, CONTACT | {"email": "first@example.jp"})
    edit(at_home, CONTACT | {"email": "second@example.jp"})
    second, first = Notice.objects.filter(kind="email_confirmation")
    assert (first.enclosed_id, first.recipient) == (second.enclosed_id, "first@example.jp")
    deliver(notice_id=first.pk)
    deliver(notice_id=second.pk)
    assert [mail["To"] for mail in sink.mails] == ["second@example.jp"]


def test_a_reset_whose_mail_is_late_does_not_survive_another_new_password(
    sink,
    member,
    at_home,
):
    ask(Client(), confirmed(member).number, member.email)
    chosen = {"password": PASSWORD, "new_password": "c" * 9, "new_password_again": "c" * 9}
    assert at_home.post(CHOOSE, chosen).status_code == 302
    deliver(notice_id=Notice.objects.get(kind="password_reset").pk)
    assert [mail for mail in sink.mails if "key=" in text_of(mail)] == []


def test_a_reset_goes_to_no_address_that_is_not_the_confirmed_one_any_more(sink, member):
    ask(Client(), confirmed(member).number, member.email)
    Patron.objects.update(email="other@example.jp", confirmed_email="other@example.jp")
    deliver(notice_id=Notice.objects.get(kind="password_reset").pk)
    assert sink.envelopes == []


def test_inbox_and_own_data_say_where_it_is(at_home, member, monkeypatch):
    monkeypatch.setitem(makers, "tests.link", lambda notice: "https://library.example/?key=opened")
    notice = send(
        patron=member,
        kind=NoticeKind.SECURITY,
        subject="件名",
        body=f"次のページを開いてください。\n\n{LINK}\n",
        recipient=member.email,
        enclosed=Enclosed("tests.link", 1),
    )
    for page in (
        text(at_home.get(f"{MESSAGES}{notice.public_id}/")),
        as_json(list(tell(member))),
    ):
        assert str(LINK) in page
        assert "opened" not in page
