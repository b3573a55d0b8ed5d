"""A real worker process, a real queue and a real mail server, with accidents."""

import re
import signal
import time

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from notices import tasks as notices
from oita_library import tasks as site
from patrons.models import Patron
from tests.notices.conftest import BODY, RECIPIENT
from tests.notices.sink import text_of
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def test_mail_is_sent_within_seconds(start_worker, sink, make_notice):
    worker = start_worker()
    eventually(lambda: "Starting worker" in worker.log.read_text())
    notice = make_notice()
    eventually(lambda: sink.envelopes, seconds=15)
    eventually(lambda: _is_sent(notice), seconds=15)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    log = worker.log.read_text()
    assert f"notice_id={notice.pk}" in log
    assert not [word for word in (RECIPIENT, "8000028", "太郎") if word in log], log


def test_mail_waits_for_a_mail_server_that_is_down(start_worker, sink, make_notice):
    sink.down()
    start_worker()
    notices = [make_notice(), make_notice()]
    eventually(lambda: ProcrastinateJob.objects.filter(status="todo", attempts=1).count() == 2)
    sink.up()
    let_time_pass()
    eventually(lambda: all(map(_is_sent, notices)))
    assert {received["Message-ID"] for received in sink.mails} == {
        notice.message_id for notice in notices
    }


def test_killed_worker_loses_nothing(start_worker, sink, make_notice):
    sink.answers["DATA"] = "hang"
    first = start_worker()
    notice = make_notice()
    eventually(lambda: sink.seen)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert ProcrastinateJob.objects.filter(
        task_name="notices.tasks.send_mail", status="doing"
    ).exists()
    sink.answers.clear()
    let_time_pass()
    start_worker()
    eventually(lambda: _is_sent(notice))
    (received,) = sink.mails
    assert received["Message-ID"] == notice.message_id
    assert text_of(received) == BODY


def test_worker_outlives_its_database_connections(start_worker, sink, make_notice):
    worker = start_worker()
    first = make_notice()
    eventually(lambda: _is_sent(first))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    time.sleep(0.5)
    second = make_notice()
    eventually(lambda: _is_sent(second))
    assert worker.poll() is None


def test_a_refused_address_is_kept_and_no_log_names_it(start_worker, sink, make_notice, patron):
    sink.answers["RCPT"] = f"550 5.1.1 <{RECIPIENT}>: no such user"
    worker = start_worker()
    notice = make_notice()
    eventually(lambda: Patron.objects.email_bounced().exists())
    notice.refresh_from_db()
    assert notice.failed_at
    assert ProcrastinateJob.objects.filter(args__notice_id=notice.pk, attempts__lte=1).count() == 1
    sink.answers.clear()
    make_notice()
    eventually(lambda: not Patron.objects.email_bounced().exists())
    log = worker.log.read_text()
    assert "Mail given up" in log
    assert RECIPIENT not in log


def test_upkeep_is_scheduled():
    crons = {
        periodic.task.name: periodic.cron
        for periodic in notices.app.periodic_registry.periodic_tasks.values()
    }
    assert site.apply_retention.name in crons
    assert notices.delete_finished_jobs.name in crons
    assert re.fullmatch(r"\* \* \* \* \*", crons[notices.retry_stalled_jobs.name])


def _is_sent(notice) -> bool:
    notice.refresh_from_db()
    return notice.sent_at is not None


def let_time_pass() -> None:
    """Make the queue believe that ten minutes went by."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
        )
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("UPDATE notices_notice SET claimed_at = claimed_at - interval '1 hour'")
