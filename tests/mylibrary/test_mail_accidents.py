"""Links by mail with a real worker, a real mail server, and accidents to both."""

import signal

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest
from notices.models import Notice
from patrons.models import Patron
from tests.mylibrary.conftest import PROFILE
from tests.mylibrary.mails import (
    CONFIRM,
    CONTACT,
    DONE,
    NEW_PASSWORD,
    RESET,
    SENT,
    confirmed,
    edit,
    key_of,
    link_in,
)
from tests.notices.sink import text_of
from tests.notices.test_worker import let_time_pass
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
MAILBOX, NEW_MAILBOX = "oita@oita.co.jp", "taro@example.jp"
FIELDS = {"new_password": "blue-mountain-river", "new_password_again": "blue-mountain-river"}
ANSWER = "mylibrary.tasks.answer_reset_request"


def ask(number: str) -> None:
    assert Client().post(RESET, {"number": number, "email": MAILBOX}).url == SENT


def link_at(sink, recipient: str) -> str:
    """Return the link in the one mail that the mail server got for an address."""
    (mail,) = (mail for mail in sink.mails if mail["To"] == recipient)
    return link_in(Notice(body=text_of(mail)))


def test_password_is_reset_through_worker_and_mail_server(member, start_worker, sink):
    confirmed(member)
    worker = start_worker()
    ask(member.number)
    ask("9999999")
    eventually(lambda: sink.envelopes)
    eventually(lambda: not ResetRequest.objects.unanswered().exists())
    browser = Client()
    assert browser.get(link_at(sink, MAILBOX)).url == NEW_PASSWORD
    assert browser.post(NEW_PASSWORD, FIELDS).url == DONE
    eventually(lambda: len(sink.envelopes) == 2)
    told = sink.mails[1]
    assert told["Subject"] == "【大分市民図書館】パスワードが変更されました"
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=30)
    log = worker.log.read_text()
    assert ANSWER in log
    for secret in (MAILBOX, member.number, "9999999", "key="):
        assert secret not in log


def test_mail_server_that_is_down_changes_nothing_for_the_person(
    at_home, member, start_worker, sink
):
    confirmed(member)
    sink.down()
    start_worker()
    ask(member.number)
    assert edit(at_home, CONTACT | {"email": NEW_MAILBOX}).url == PROFILE
    failed_once = ProcrastinateJob.objects.filter(
        task_name="notices.tasks.send_mail", status="todo", attempts=1
    )
    eventually(lambda: failed_once.count() == 2)
    sink.up()
    let_time_pass()
    eventually(lambda: len(sink.envelopes) == 2)
    at_home.post(CONFIRM, {"key": key_of(link_at(sink, NEW_MAILBOX))})
    member.refresh_from_db()
    assert member.email == member.confirmed_email == NEW_MAILBOX


def test_worker_killed_before_it_looked_loses_no_wish(member, start_worker, sink):
    confirmed(member)
    ask(member.number)
    # As a worker leaves its job that was killed in the middle of it.
    ProcrastinateJob.objects.filter(task_name=ANSWER).update(status="doing")
    start_worker()
    let_time_pass()
    eventually(lambda: sink.envelopes)
    assert link_at(sink, MAILBOX)
    assert Notice.objects.filter(kind="password_reset").count() == 1


def test_row_and_job_commit_together_or_not_at_all(at_home, member, monkeypatch):
    confirmed(member)

    def full(*args, **kwargs):
        raise OSError

    before = ProcrastinateJob.objects.count()
    monkeypatch.setattr("notices.services.defer_with_transaction", full)
    monkeypatch.setattr("mylibrary.reset.asking.defer_with_transaction", full)
    at_home.raise_request_exception = False
    change = CONTACT | {"email": NEW_MAILBOX, "phone": "0977000001"}
    assert edit(at_home, change).status_code == 500
    assert at_home.post(RESET, {"number": member.number, "email": MAILBOX}).status_code == 500
    assert not EmailConfirmation.objects.exists()
    assert not ResetRequest.objects.exists()
    assert not Notice.objects.exists()
    assert ProcrastinateJob.objects.count() == before
    assert Patron.objects.get().phone == CONTACT["phone"]
