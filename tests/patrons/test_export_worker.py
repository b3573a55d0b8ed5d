"""The schedule, in a real worker process."""

import signal
from datetime import UTC, datetime, timedelta

import pytest
from django.core.checks import run_checks
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from patrons.models import Patron, PatronExport
from patrons.tasks import export_patrons
from patrons.transfer.columns import DEFAULT_MAPPING
from patrons.transfer.exporting import export_when_due, period_begin
from tests.patrons import processes
from tests.patrons.people import imported_patron
from tests.waiting import eventually


@pytest.fixture
def start_worker(transactional_db, tmp_path):
    """Return `start_worker(folder)`: a worker that exports into a folder."""
    running = []

    def start(folder):
        log = tmp_path / "worker.log"
        mapping = tmp_path / "mapping.toml"
        text = DEFAULT_MAPPING.read_text(encoding="utf-8")
        mapping.write_text(text.replace('encoding = "auto"', 'encoding = "cp932"'), "utf-8")
        environment = {"PATRON_EXPORT_FOLDER": str(folder), "PATRON_EXPORT_MAPPING": str(mapping)}
        process = processes.start("worker", log=log, environment=environment)
        process.log = log
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def folder(settings, tmp_path):
    settings.PATRON_EXPORT_FOLDER = str(tmp_path)
    return tmp_path


def jobs(status: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=export_patrons.name, status=status).count()


def test_the_worker_exports_and_logs_counts_only(start_worker, tmp_path):
    patron = imported_patron()
    folder = tmp_path / "out"
    folder.mkdir()
    worker = start_worker(folder)
    eventually(lambda: jobs("succeeded"))
    (path,) = folder.iterdir()
    assert f'"{patron.number}","別府 花子"' in path.read_bytes().decode("cp932")
    assert Patron.objects.exported().get() == patron
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    log = worker.log.read_text()
    assert '"event": "patrons_exported", "patrons": 1, "marked": 1, "reported": 0' in log
    assert not [data for data in (patron.number, "別府", patron.phone) if data in log]


def test_a_folder_that_is_away_is_an_error_in_the_log_and_marks_nobody(start_worker, tmp_path):
    imported_patron()
    worker = start_worker(tmp_path / "away")
    eventually(lambda: jobs("succeeded"))
    assert '"level": "ERROR"' in worker.log.read_text()
    assert "away: No such file or directory" in worker.log.read_text()
    assert Patron.objects.not_exported().count() == 1


def test_there_is_one_file_in_a_period_and_none_without_patrons(db, folder):
    now = timezone.now()
    begin = period_begin(now, 5)
    assert export_when_due(now=now).path is None
    first = imported_patron()
    assert export_when_due(now=now).path is not None
    PatronExport.objects.update(started_at=begin)
    second = imported_patron(name="別府 次郎")
    assert export_when_due(now=begin + timedelta(minutes=4, seconds=59)) is None
    assert Patron.objects.to_be_exported().get() == second
    assert export_when_due(now=begin + timedelta(minutes=5)).patrons == 1
    assert Patron.objects.exported().count() == 2
    assert first.number not in sorted(folder.iterdir())[-1].read_text("utf-8-sig")


def test_an_export_without_marks_does_not_take_the_schedule_s_turn(db, folder):
    imported_patron()
    now = timezone.now()
    PatronExport.objects.create(
        started_at=now, finished_at=now, file_name="x", patrons=1, marked=0, reported=0
    )
    assert export_when_due(now=now).marked == 1


def test_without_a_folder_nothing_is_exported(db, settings):
    settings.PATRON_EXPORT_FOLDER = ""
    imported_patron()
    assert export_when_due(now=timezone.now()) is None
    assert Patron.objects.not_exported().exists()


@pytest.mark.parametrize(
    ("minutes", "earlier"),
    [(1, 0), (5, 2), (60, 7), (24 * 60, 12 * 60 + 7)],
)
def test_periods_of_a_day_begin_at_midnight_in_japan(minutes, earlier):
    now = datetime(2026, 3, 10, 3, 7, tzinfo=UTC)
    assert period_begin(now + timedelta(seconds=30), minutes) == now - timedelta(minutes=earlier)


def test_a_mapping_that_could_only_fail_later_is_refused(settings):
    settings.PATRON_EXPORT_MAPPING = "/nowhere.toml"
    found = [message.id for message in run_checks()]
    assert [name for name in found if name.startswith("patrons.")] == ["patrons.E007"]
