"""What a mail encloses, for whoever makes it: called for each attempt, and kept out of the text."""

import re
import secrets

import pytest
from django.utils.crypto import salted_hmac

from notices.delivery import MailDelayed, deliver
from notices.enclosures import Enclosed, makers
from notices.models import Notice
from notices.texts import DIGITS, LINK
from tests.notices.sink import text_of

pytestmark = pytest.mark.django_db


def test_digits_are_drawn_anew_for_each_attempt_after_they_were_stored_as_a_hash(
    sink, make_notice, monkeypatch
):
    stored: list[str] = []

    def draw(notice: Notice) -> str:
        digits = f"{secrets.randbelow(10**6):06}"
        stored.append(salted_hmac("tests.digits", digits).hexdigest())
        return digits

    monkeypatch.setitem(makers, "tests.digits", draw)
    notice = make_notice(
        body=f"次の数字を入力してください。\n{DIGITS}\n", enclosed=Enclosed("tests.digits", 7)
    )
    sink.answers["DATA"] = "drop"
    with pytest.raises(MailDelayed):
        deliver(notice_id=notice.pk)
    sink.answers.clear()
    deliver(notice_id=notice.pk)
    mailed = [re.search(r"^[0-9]{6}", text_of(mail), re.M)[0] for mail in sink.mails]
    assert [salted_hmac("tests.digits", digits).hexdigest() for digits in mailed] == stored
    notice.refresh_from_db()
    assert str(DIGITS) in notice.body


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "https://library.example/mylibrary/password/reset/link/?key=0123"},
        {"body": f"{LINK}\n"},
        {"enclosed": Enclosed("mylibrary.password_reset", 1)},
        {"body": f"{LINK}\n", "enclosed": Enclosed("nobody", 1)},
    ],
    ids=["a key in the text", "a place for nothing", "no place", "nobody makes it"],
)
def test_what_opens_something_cannot_be_written_into_a_text(make_notice, changes):
    with pytest.raises(ValueError, match=r"enclosed|nobody"):
        make_notice(**changes)
