"""A mail server that is silent, drips, refuses or dies: what it holds up, and for how long."""

import signal
from datetime import datetime
from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from notices.delivery import MailDelayed, deliver
from notices.management.commands.worker import SLOTS
from notices.models import Notice
from notices.smtp import EmailBackend
from notices.tasks import defer_with_transaction
from registration.tasks import purge_expired
from tests.notices import rude
from tests.notices.rude import RudeServer
from tests.notices.test_worker import let_time_pass
from tests.waiting import eventually

IN_A_TRANSACTION_SINCE = """
SELECT pid, state, query FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < %s
"""
OTHERS_AT_A_NOTICE = """
SELECT wait_event_type FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
AND state <> 'idle' AND query LIKE 'UPDATE "notices_notice"%'
"""


@pytest.fixture
def rude_server(request, settings):
    server = RudeServer(request.param)
    settings.EMAIL_BACKEND = "notices.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    # Counted from before the message is read: a busy machine takes its time for that, too.
    settings.EMAIL_TIMEOUT = 4
    yield server
    server.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rude_server", "encryption"),
    [
        (rude.silent, {}),
        (rude.dripping, {}),
        (rude.dripping_at_the_end, {}),
        (rude.silent, {"EMAIL_USE_SSL": True}),
        (rude.silent_before_tls, {"EMAIL_USE_TLS": True}),
    ],
    indirect=["rude_server"],
    ids=["silent", "dripping", "dripping at the end", "silent in TLS", "silent in STARTTLS"],
)
def test_one_mail_has_one_deadline(rude_server, encryption, make_notice, settings):
    """Each of these goes on for a minute: it is us who end it."""
    for name, value in encryption.items():
        setattr(settings, name, value)
    notice = make_notice()
    with pytest.raises(MailDelayed, match="connection"):
        deliver(notice_id=notice.pk)
    eventually(lambda: rude_server.cut_by_client == 1)
    notice.refresh_from_db()
    assert (notice.attempts, notice.claimed_at, notice.failed_at) == (1, None, None)


@pytest.mark.django_db
def test_a_server_that_refuses_leaves_the_mail_waiting_and_unclaimed(sink, make_notice):
    sink.down()
    notice = make_notice()
    with pytest.raises(MailDelayed, match="connection"):
        deliver(notice_id=notice.pk)
    assert Notice.objects.to_be_sent().get(claimed_at=None) == notice


@pytest.mark.django_db(transaction=True)
def test_while_all_mails_hang_the_rest_goes_on_and_no_transaction_is_open(
    start_worker, make_notice
):
    server = RudeServer(rude.silent_or_dripping)
    for _ in range(SLOTS["mail"] + 2):
        make_notice()
    start_worker(EMAIL_URL=f"smtp://127.0.0.1:{server.port}", WORKER_EMAIL_TIMEOUT="50")
    eventually(lambda: server.now_open == SLOTS["mail"])
    all_hang = _database_time()
    defer_with_transaction(purge_expired, {"timestamp": 0})
    purges = ProcrastinateJob.objects.filter(task_name=purge_expired.name, args__timestamp=0)
    eventually(lambda: purges.get().status == "succeeded")
    assert server.now_open == SLOTS["mail"]
    with connection.cursor() as cursor:
        cursor.execute(IN_A_TRANSACTION_SINCE, [all_hang])
        assert cursor.fetchall() == []
    assert not Notice.objects.exclude(sent_at=None, failed_at=None).exists()
    server.close()


class LookingBackend(EmailBackend):
    """Looks, while it sends, whether the database is held meanwhile."""

    held: ClassVar[list[object]] = []

    def send_messages(self, messages: list) -> int:
        self.held.append(connection.connection)
        return super().send_messages(messages)


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_the_database_is_held_while_a_mail_is_sent(sink, make_notice, settings):
    settings.EMAIL_BACKEND = f"{__name__}.LookingBackend"
    deliver(notice_id=make_notice().pk)
    assert LookingBackend.held == [None]
    assert len(sink.envelopes) == 1


@pytest.mark.django_db(transaction=True)
def test_killed_after_the_server_had_the_mail_it_is_sent_once_more_and_not_lost(
    start_worker, sink, make_notice
):
    sink.answers["DATA"] = "wait"
    # However long it takes a busy machine to get there, this mail is not given up meanwhile.
    patient = {"EMAIL_TIMEOUT": "300"}
    first = start_worker(**patient)
    notice = make_notice()
    eventually(lambda: sink.seen)
    with transaction.atomic():
        # The worker will have the server's word, and not be able to store it.
        Notice.objects.select_for_update().get(pk=notice.pk)
        sink.gate.set()
        eventually(lambda: _others_at_a_notice() == ["Lock"])
        first.send_signal(signal.SIGKILL)
        first.wait()
    # The server of the database learns of the death when it has an answer to give.
    eventually(lambda: _others_at_a_notice() == [])
    notice.refresh_from_db()
    assert (notice.sent_at, len(sink.envelopes)) == (None, 1)
    let_time_pass()
    start_worker(**patient)
    eventually(lambda: Notice.objects.filter(sent_at__isnull=False).exists())
    assert [mail["Message-ID"] for mail in sink.mails] == [notice.message_id] * 2


@pytest.mark.django_db
def test_a_claim_of_a_killed_worker_ends_by_itself(sink, make_notice):
    notice = make_notice()
    Notice.objects.update(claimed_at=timezone.now())
    with pytest.raises(MailDelayed, match="busy"):
        deliver(notice_id=notice.pk)
    let_time_pass()
    deliver(notice_id=notice.pk)
    assert len(sink.envelopes) == 1


def test_every_task_is_in_a_queue_that_the_worker_runs():
    queues = {name: task.queue for name, task in app.tasks.items() if "builtin" not in name}
    assert set(queues.values()) == set(SLOTS)
    assert [name for name, queue in queues.items() if queue == "mail"] == [
        "notices.tasks.send_mail"
    ]


def _database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _others_at_a_notice() -> list[str | None]:
    """Return what each connection waits for that writes a message, or has and is not done."""
    with connection.cursor() as cursor:
        # A transaction sees what it has seen before.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(OTHERS_AT_A_NOTICE)
        return [event for (event,) in cursor.fetchall()]
