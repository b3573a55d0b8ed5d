"""The command as a real process: killed at every step, its disk lost."""

import resource
import signal
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from catalog.models import Item, Record
from tests.catalog.marc_files import UNCHANGED, branch, iso, record, with_items
from tests.patrons import processes
from tests.patrons.processes import exit_status
from tests.patrons.test_import_processes import finished, last_line, others_at_work, steps
from tests.patrons.threads import until_somebody_waits
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
INTERRUPTED = f"CommandError: 中断しました。{UNCHANGED}"
GOOD = iso(with_items("S1", "1", title="後"), with_items("S2", "2"))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "records.mrc"


@pytest.fixture
def stored(db) -> list:
    """A record and an item that the file would change."""
    kept = Record.objects.create(control_number="S1", title="前", title_key="前", grams="")
    Item.objects.create(record=kept, number="1", branch=branch(), shelf="前")
    return everything()


def everything() -> list:
    return [*Record.objects.order_by("pk").values(), *Item.objects.order_by("pk").values()]


@pytest.fixture
def start(tmp_path):
    """Return `start(*arguments)`, which starts `import_catalog`; its output is in `log`."""
    running = []

    def run(*arguments: object, environment: dict[str, str] | None = None, **options):
        log = tmp_path / f"{len(running)}.log"
        process = processes.start(
            "import_catalog",
            *map(str, arguments),
            log=log,
            environment=environment or {},
            **options,
        )
        process.log = log
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()


@contextmanager
def reading(start, file):
    """Give a process that stands still in the middle of its file; let it go on at the end."""
    made = [with_items(f"S{number}", f"{number}") for number in range(1000)]
    file.write_bytes(iso(*made) * 50)
    process = start(file)
    eventually(lambda: steps(process))
    process.send_signal(signal.SIGSTOP)
    assert set(steps(process)) == {"読み込み"}
    yield process


@contextmanager
def merging(start, file):
    """Give a process that waits for somebody who changes a record."""
    file.write_bytes(GOOD)
    with transaction.atomic():
        Record.objects.select_for_update().get()
        process = start(file)
        until_somebody_waits()
        assert steps(process)[-1] == "登録"
        yield process
        eventually(lambda: not others_at_work())


@contextmanager
def merging_items(start, file):
    """Give a process that has written the records and waits for an item."""
    file.write_bytes(GOOD)
    with transaction.atomic():
        Item.objects.select_for_update().get()
        process = start(file)
        until_somebody_waits()
        yield process
        eventually(lambda: not others_at_work())


@pytest.mark.parametrize(
    ("at", "by", "status", "said"),
    [
        (reading, signal.SIGKILL, -signal.SIGKILL, []),
        (merging, signal.SIGKILL, -signal.SIGKILL, []),
        (merging_items, signal.SIGKILL, -signal.SIGKILL, []),
        (merging_items, signal.SIGTERM, -signal.SIGTERM, []),
        # In our own code, and while the database is asked.
        (reading, signal.SIGINT, 130, [INTERRUPTED]),
        (merging_items, signal.SIGINT, 130, [INTERRUPTED]),
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
    assert everything() == stored
    file.write_bytes(GOOD)
    assert exit_status("import_catalog", file) == 0
    assert Record.objects.count() == Item.objects.count() == 2


def test_a_lost_database_is_told_by_its_code_alone(stored, file, start):
    with merging(start, file) as process:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        assert finished(process) == 1
    assert last_line(process) == f"CommandError: データベースのエラー（57P01）。{UNCHANGED}"
    assert everything() == stored


def test_a_full_disk_under_the_items_changes_nothing(stored, file, start, tmp_path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    file.write_bytes(iso(*(with_items(f"S{n}", f"{n}") for n in range(2000))))
    folder = tmp_path / "temporary"
    folder.mkdir()
    process = start(file, first=limit, environment={"TMPDIR": str(folder)})
    assert finished(process) == 1
    said = f"ファイルを読み書きできません（File too large）。{UNCHANGED}"
    assert last_line(process) == f"CommandError: {said}"
    assert everything() == stored
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--report", "/nowhere/report.csv"], 2),
        (["--items", "/nowhere.csv"], 2),
        (["--rows", "7"], 2),
        (["--dry-run"], 0),
    ],
)
def test_exit_status(stored, file, arguments, status):
    file.write_bytes(iso(record("S1", title="後")))
    assert exit_status("import_catalog", file, *arguments) == status
    assert everything() == stored
