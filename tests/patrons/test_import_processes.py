"""The command as a real process: killed at every step, its workers, its database and disk lost."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from bench.measure import group
from patrons.models import Patron
from patrons.services import lock_birth_date
from tests.patrons import processes
from tests.patrons.library_files import UNCHANGED, people, text
from tests.patrons.processes import eventually
from tests.patrons.threads import somebody_waits

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
    """Tell whether another connection has a transaction open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL)"
        )
        return cursor.fetchone()[0]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    # Nobody may be there to take a zombie's exit status.
    return state != "Z"


def workers_of(process) -> list[int]:
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in group(process.pid)[1:]}
    return [pid for pid, command in commands.items() if "spawn_main" in command]


@contextmanager
def reading(start, file) -> Iterator[tuple]:
    """Give a process whose workers stand still, and the workers; let them go on at the end."""
    # Many megabytes of few rows.
    rows = text(*people(3000)).replace("状態\r\n", "状態,備考\r\n")
    rows = rows.replace("有効", f"有効,{'x' * 10_000}")
    file.write_text(rows, encoding="utf-8", newline="")
    process = start(file, start_new_session=True)
    eventually(lambda: len(workers_of(process)) == 2)
    workers = workers_of(process)
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    eventually(lambda: steps(process))
    yield process, workers
    assert set(steps(process)) == {"読み込み"}
    for worker in filter(is_running, workers):
        os.kill(worker, signal.SIGCONT)


@contextmanager
def comparing(start, file, *arguments: object) -> Iterator[tuple]:
    """Give a process that waits for somebody who is registering."""
    file.write_bytes(GOOD.encode())
    with transaction.atomic():
        lock_birth_date(birth_date="19920402")
        process = start(file, *arguments)
        eventually(somebody_waits)
        assert steps(process)[-1] == "照合"
        yield process, []
        eventually(lambda: not others_at_work())


@contextmanager
def merging(start, file) -> Iterator[tuple]:
    """Give a process that waits for somebody who is changing a patron."""
    file.write_bytes(GOOD.encode())
    with transaction.atomic():
        Patron.objects.select_for_update().get()
        process = start(file)
        eventually(somebody_waits)
        assert steps(process)[-1] == "登録"
        yield process, []
        eventually(lambda: not others_at_work())


@pytest.mark.parametrize("at", [reading, comparing, merging])
@pytest.mark.parametrize(
    ("by", "status", "said"),
    [
        (signal.SIGINT, 130, [INTERRUPTED]),
        (signal.SIGTERM, -signal.SIGTERM, []),
        (signal.SIGKILL, -signal.SIGKILL, []),
    ],
)
def test_killed_at_any_step_it_leaves_nothing_and_can_be_run_again(
    stored, file, start, at, by, status, said
):
    with at(start, file) as (process, workers):
        process.send_signal(by)
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        assert finished(process) == status
    lines = process.log.read_text().splitlines()
    assert [line for line in lines if not line.endswith(" 秒")] == said
    eventually(lambda: not any(map(is_running, workers)))
    eventually(lambda: not others_at_work())
    assert Patron.objects.values().get() == stored
    file.write_bytes(GOOD.encode())
    assert finished(start(file)) == 0
    assert Patron.objects.count() == 2


def blocked_signals(pid: int) -> set[int]:
    status = Path(f"/proc/{pid}/status").read_text().partition("SigBlk:\t")[2]
    mask = int(status.split()[0], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def test_ctrl_c_at_a_terminal_is_for_the_command_and_not_for_its_workers(stored, file, start):
    with reading(start, file) as (process, workers):
        for worker in workers:
            assert signal.SIGINT in blocked_signals(worker)
        assert signal.SIGINT not in blocked_signals(process.pid)
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        os.killpg(process.pid, signal.SIGINT)
        assert finished(process) == 130
    assert last_line(process) == INTERRUPTED
    eventually(lambda: not any(map(is_running, workers)))


def test_a_worker_that_is_killed_is_one_clear_refusal(stored, file, start):
    with reading(start, file) as (process, workers):
        os.kill(workers[0], signal.SIGKILL)
        os.kill(workers[1], signal.SIGCONT)
        assert finished(process) == 1
    assert last_line(process) == (
        "CommandError: 読み込みのプロセスが途中で終わりました（メモリ不足かもしれません）。"
        f"もう一度実行してください。{UNCHANGED}"
    )
    assert Patron.objects.values().get() == stored


def test_a_lost_database_is_told_by_its_code_alone(stored, file, start):
    with comparing(start, file) as (process, _):
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
    with comparing(start, file, "--report", report) as (process, _):
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
def test_exit_status(stored, file, start, arguments, status):
    file.write_bytes(GOOD.encode())
    process = start(file, *arguments)
    assert finished(process) == status
    last_line(process)
    assert Patron.objects.values().get() == stored
