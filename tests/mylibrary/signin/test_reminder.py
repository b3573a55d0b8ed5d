"""Before the first login ends: whom the worker reminds, of what, and what happens when it dies."""

import signal
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from mylibrary import tasks
from mylibrary.signin.services import BATCH, remind_of_first_login
from notices.models import Notice
from notices.tasks import defer_with_transaction
from patrons.models import Patron
from patrons.services import user_for
from tests import many as many_rows
from tests.mylibrary.conftest import PASSWORD
from tests.patrons import processes
from tests.patrons.people import imported_patron, set_own_password
from tests.patrons.test_parallel import together
from tests.patrons.threads import somebody_waits, until_somebody_waits
from tests.waiting import eventually

NOW = timezone.now()
KIND = "first_login_reminder"

pytestmark = pytest.mark.django_db


def ends_in(patron: Patron, **time: float) -> Patron:
    """Let a patron's first login end so long after NOW."""
    Patron.objects.filter(pk=patron.pk).update(first_login_until=NOW + timedelta(**time))
    patron.refresh_from_db()
    return patron


def reminders():
    return Notice.objects.filter(kind=KIND)


@pytest.fixture
def ending(patron) -> Patron:
    return ends_in(patron, days=10)


def test_who_has_chosen_no_password_is_reminded_once(ending):
    assert remind_of_first_login(now=NOW) == 1
    (notice,) = reminders()
    assert (notice.patron, notice.recipient) == (ending, ending.email)
    job = ProcrastinateJob.objects.get(args__notice_id=notice.pk)
    assert job.task_name == "notices.tasks.send_mail"
    ending.refresh_from_db()
    assert ending.first_login_reminded_at == NOW
    assert remind_of_first_login(now=NOW + timedelta(days=1)) == 0


def test_whoever_logged_in_by_card_alone_is_reminded_too(ending):
    user_for(patron=ending)
    assert remind_of_first_login(now=NOW) == 1


def test_nothing_that_the_library_system_needs_has_changed(ending):
    before = Patron.objects.values("updated_at", "export_pending").get()
    remind_of_first_login(now=NOW)
    assert Patron.objects.values("updated_at", "export_pending").get() == before


@pytest.mark.parametrize(
    ("time", "count"),
    [
        ({"days": 14, "minutes": 1}, 0),
        ({"days": 14}, 1),
        ({"seconds": 1}, 1),
        ({"seconds": 0}, 0),
        ({"days": -1}, 0),
    ],
)
def test_nobody_is_reminded_before_the_last_days_nor_afterwards(patron, time, count):
    ends_in(patron, **time)
    assert remind_of_first_login(now=NOW) == count


def test_nobody_is_reminded_who_has_an_own_password(ending):
    set_own_password(patron=ending, password=PASSWORD)
    ends_in(ending, days=10)
    assert remind_of_first_login(now=NOW) == 0


@pytest.mark.parametrize(
    "column",
    [
        {"withdrawn_at": NOW},
        {"email": ""},
        {"first_login_until": None},
        {"bounced_email": "oita@oita.co.jp"},
    ],
)
def test_nobody_is_reminded_without_a_window_a_mailbox_or_a_registration(ending, column):
    Patron.objects.update(**column)
    assert remind_of_first_login(now=NOW) == 0


def test_nobody_is_reminded_whom_staff_have_locked_out(ending):
    user = user_for(patron=ending)
    user.is_active = False
    user.save()
    assert remind_of_first_login(now=NOW) == 0


def test_an_address_put_right_after_a_bounce_is_reminded(ending):
    Patron.objects.update(bounced_email="former@example.jp")
    assert remind_of_first_login(now=NOW) == 1


def test_more_than_a_batch_are_reminded(db):
    many(BATCH * 2 + 1)
    assert remind_of_first_login(now=NOW) == BATCH * 2 + 1
    assert reminders().count() == BATCH * 2 + 1


def test_the_worker_does_it_every_morning(ending):
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[tasks.remind_of_first_login.name] == "0 1 * * *"
    assert tasks.remind_of_first_login.func(timestamp=0) == 1


def test_the_text_says_until_when_and_nothing_that_helps_a_stranger(patron):
    registered = datetime.fromisoformat("2026-03-10T09:00+09:00")
    until = datetime.fromisoformat("2026-06-08T09:00+09:00")
    Patron.objects.update(registered_at=registered, first_login_until=until)
    remind_of_first_login(now=until - timedelta(days=3))
    (notice,) = reminders()
    assert notice.subject == (
        "【大分市民図書館】Myライブラリのパスワードを決めてください（2026年6月8日まで）"
    )
    assert "2026年6月8日までに" in notice.body
    # By this a guardian tells the children apart, and nobody else learns anything.
    assert "受付日時が2026年3月10日 9時00分の「登録申請受付メール」" in notice.body
    for secret in (
        patron.number,
        *patron.name.split("\u3000"),
        patron.last_name_kana,
        patron.phone,
        "生年月日",
        "8ケタ",
        "2013",
        "/mylibrary/",
    ):
        assert secret not in notice.subject.replace("大分市民", "") + notice.body.replace(
            "大分市民", ""
        )


def test_patrons_of_the_counter_are_sent_to_their_card_for_the_number(db):
    ends_in(imported_patron(), days=3)
    remind_of_first_login(now=NOW)
    body = reminders().get().body
    assert "お手元の図書等貸出券で" in body
    assert "登録申請受付メール" not in body


def many(count: int) -> None:
    patrons = (
        Patron(
            number=f"M{n:06}",
            name=f"大分 {n}",
            name_key=f"大分{n}",
            kana_key=f"オオイタ{n}",
            birth_date="19920402",
            email=f"m{n}@example.jp",
            registered_via="online",
            first_login_until=NOW + timedelta(days=3),
        )
        for n in range(count)
    )
    many_rows.store(patrons)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_reminds_nobody_twice_and_forgets_nobody(tmp_path):
    count = BATCH * 5
    many(count)
    defer_with_transaction(tasks.remind_of_first_login, {"timestamp": 0})
    nowhere = {"EMAIL_URL": "smtp://127.0.0.1:9"}
    worker = processes.start("worker", log=tmp_path / "worker.log", environment=nowhere)
    try:
        eventually(lambda: marked().exists())
        with transaction.atomic(), connection.cursor() as cursor:
            # Between two messages of a batch: the lock waits for one batch to commit, and the
            # next one waits for the lock.
            cursor.execute("LOCK TABLE notices_notice IN SHARE MODE")
            until_somebody_waits()
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    finally:
        worker.kill()
        worker.wait()
    eventually(lambda: not somebody_waits())
    done = marked().count()
    assert 0 < done < count
    assert done % BATCH == 0
    assert told_once(done)
    assert remind_of_first_login(now=NOW) == count - done
    assert told_once(count)


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_leaves_nothing_behind(db):
    many(3)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE notices_notice ADD CONSTRAINT never CHECK (recipient <> 'm1@example.jp')"
        )
        try:
            with pytest.raises(Exception, match="never"):
                remind_of_first_login(now=NOW)
            assert not reminders().exists()
            assert not marked().exists()
            assert not ProcrastinateJob.objects.exists()
        finally:
            cursor.execute("ALTER TABLE notices_notice DROP CONSTRAINT never")
    assert remind_of_first_login(now=NOW) == 3
    assert told_once(3)


@pytest.mark.django_db(transaction=True)
def test_runs_at_the_same_instant_remind_everybody_once(db):
    count = BATCH * 3
    many(count)
    counts = together([lambda: remind_of_first_login(now=NOW)] * 4)
    assert sum(counts) == count
    assert told_once(count)


def marked():
    return Patron.objects.filter(first_login_reminded_at__isnull=False)


def told_once(count: int) -> bool:
    """Return whether so many patrons are marked, each with one message and one mail job."""
    notices = list(reminders().values_list("pk", "patron"))
    queued = ProcrastinateJob.objects.filter(task_name="notices.tasks.send_mail")
    jobs = list(queued.values_list("args__notice_id", flat=True))
    assert sorted(patron for _, patron in notices) == sorted(marked().values_list("pk", flat=True))
    assert sorted(pk for pk, _ in notices) == sorted(jobs)
    return len(notices) == count
