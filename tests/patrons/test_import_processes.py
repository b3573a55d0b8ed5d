"""The command as a real process: killed at every step, its database and disk lost."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from patrons.models import Patron
from patrons.services import lock_birth_date
from tests.patrons import processes
from tests.patrons.library_files import UNCHANGED, people, text
from tests.patrons.processes import exit_status
from tests.patrons.threads import until_somebody_waits
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = text({}, {"number": "C2", "name": "大分　一"})
INTERRUPTED = f"CommandError: 中断しました。{UNCHANGED}"


@pytest.fixture
def start(tmp_path):
    """Return `start(*arguments)`, which starts `import_patrons`; its output is in `log`."""
    running = []

    def run(*arguments: object, **options):
        log = tmp_path / f"{len(running)}.log"
        process = processes.start(
            "import_patrons", *map(str, arguments), log=log, environment={}, **options
        )
        process.log = log
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()


def finished(process) -> int:
    return process.wait(timeout=60)


def steps(process) -> list[str]:
    lines = [line.split() for line in process.log.read_text().splitlines()]
    return [line[0] for line in lines if line and line[-1] == "秒"]


def last_line(process) -> str:
    log = process.log.read_text()
    assert "Traceback" not in log
    return log.splitlines()[-1]


def others_at_work() -> bool:
    """Return whether another connection has a transaction open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL)"
        )
        return cursor.fetchone()[0]


@contextmanager
def reading(start, file) -> Iterator:
    """Give a process that stands still in the middle of its file; let it go on at the end."""
    headers, _, rows = text(*people(1000)).partition("\n")
    file.write_text(f"{headers}\n{rows * 100}", encoding="utf-8", newline="")
    process = start(file)
    eventually(lambda: steps(process))
    process.send_signal(signal.SIGSTOP)
    assert set(steps(process)) == {"読み込み"}
    yield process


@contextmanager
def comparing(start, file, *arguments: object) -> Iterator[tuple]:
    """Give a process that waits for somebody who is registering."""
    file.write_bytes(GOOD.encode())
    with transaction.atomic():
        lock_birth_date(birth_date="19920402")
        process = start(file, *arguments)
        until_somebody_waits()
        assert steps(process)[-1] == "照合"
        yield process
        eventually(lambda: not others_at_work())


@contextmanager
def merging(start, file) -> Iterator[tuple]:
    """Give a process that waits for somebody who is changing a patron."""
    file.write_bytes(GOOD.encode())
    with transaction.atomic():
        Patron.objects.select_for_update().get()
        process = start(file)
        until_somebody_waits()
        assert steps(process)[-1] == "登録"
        yield process
        eventually(lambda: not others_at_work())


@pytest.mark.parametrize(
    ("at", "by", "status", "said"),
    [
        (reading, signal.SIGKILL, -signal.SIGKILL, []),
        (comparing, signal.SIGKILL, -signal.SIGKILL, []),
        (merging, signal.SIGKILL, -signal.SIGKILL, []),
        (merging, signal.SIGTERM, -signal.SIGTERM, []),
        # In our own code, and while the database is asked.
        (reading, signal.SIGINT, 130, [INTERRUPTED]),
        (merging, signal.SIGINT, 130, [INTERRUPTED]),
    ],
)
def test_killed_at_any_step_it_leaves_nothing_and_can_be_run_again(
    stored, file, start, at, by, status, said
):
    with at(start, file) as process:
        process.send_signal(by)
        process.send_signal(signal.SIGCONT)
        assert finished(process) == status
    # The pool may tell of a connection that it gives up.
    told = (" 秒", '"logger": "psycopg.pool"')
    lines = process.log.read_text().splitlines()
    assert [line for line in lines if not any(each in line for each in told)] == said
    eventually(lambda: not others_at_work())
    assert Patron.objects.values().get() == stored
    file.write_bytes(GOOD.encode())
    assert exit_status("import_patrons", file) == 0
    assert Patron.objects.count() == 2


def test_a_lost_database_is_told_by_its_code_alone(stored, file, start):
    with comparing(start, file) as process:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        assert finished(process) == 1
    assert last_line(process) == f"CommandError: データベースのエラー（57P01）。{UNCHANGED}"
    assert Patron.objects.values().get() == stored


def test_a_full_disk_under_the_report_changes_nothing(stored, file, start, tmp_path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    file.write_bytes(text(*people(2000, phone="?")).encode())
    report = tmp_path / "report.csv"
    process = start(file, "--report", report, first=limit)
    assert finished(process) == 1
    assert last_line(process) == f"CommandError: {report}: File too large。{UNCHANGED}"
    assert Patron.objects.values().get() == stored
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.log", "patrons.csv"]


def test_a_report_that_a_killed_process_began_is_no_obstacle(stored, file, start, tmp_path):
    report = tmp_path / "report.csv"
    with comparing(start, file, "--report", report) as process:
        process.kill()
        finished(process)
    assert not report.exists()
    assert finished(start(file, "--report", report)) == 0
    assert [path.name for path in tmp_path.glob("*report*")] == ["report.csv"]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--max-rejected", "x"], 2),
        (["--max-rejected", "-1"], 2),
        (["--mapping", "/nowhere.toml"], 2),
        (["--report", "/nowhere/report.csv"], 2),
        (["--rows", "7"], 1),
        (["--dry-run"], 0),
    ],
)
def test_exit_status(stored, file, arguments, status):
    file.write_bytes(GOOD.encode())
    assert exit_status("import_patrons", file, *arguments) == status
    assert Patron.objects.values().get() == stored
