"""The command as a real process, killed, doubled and overtaken by changes: nobody is lost."""

import csv
import io
import resource
from pathlib import Path

import pytest
from django.db import connection, transaction

from patrons.models import Patron, PatronExport
from patrons.services import change_contact
from tests.patrons import processes
from tests.patrons.people import imported_patron
from tests.patrons.processes import exit_status
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 30_000


@pytest.fixture
def start(tmp_path):
    """Return `start(*arguments)`, which starts `export_patrons` into `tmp_path / "out"`."""
    running = []
    (tmp_path / "out").mkdir()

    def run(*arguments: str, **options):
        process = processes.start(
            "export_patrons",
            *arguments,
            log=tmp_path / f"{len(running)}.log",
            environment={"PATRON_EXPORT_FOLDER": str(tmp_path / "out")},
            **options,
        )
        process.log = tmp_path / f"{len(running)}.log"
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()


def finished(process) -> int:
    return process.wait(timeout=60)


def published(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "out").glob("patrons-*.csv"))


def hidden(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "out").glob(".patrons-*.tmp"))


def numbers(path: Path) -> set[str]:
    text = path.read_bytes().decode("utf-8-sig")
    return {line["利用者番号"] for line in csv.DictReader(io.StringIO(text, newline=""))}


def many_patrons() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO patrons_patron
                (number, name, name_key, last_name_kana, first_name_kana, kana_key, birth_date,
                 postal_code, address, address_key, phone, email, email_key, contact_method,
                 municipality_code, residency_reason, residency_rule_version, registered_via,
                 registered_at, namesake_no, updated_at)
            SELECT 'M' || n, '別府 ' || n, '別府' || n, 'ベップ', 'ハナコ', 'ベップハナコ',
                '19920402', '', '', '', '', '', '', 'none', '', '', '', 'import', now(), 0, now()
            FROM generate_series(1, %s) n
            """,
            [MANY],
        )


def lock_out_marks() -> None:
    """Let patrons be read but not marked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE patrons_patron IN SHARE MODE")


def is_writing(tmp_path: Path) -> bool:
    return any(path.stat().st_size > 0 for path in hidden(tmp_path))


def test_killed_while_it_writes_it_leaves_no_file_and_no_mark(start, tmp_path):
    many_patrons()
    first = start()
    eventually(lambda: is_writing(tmp_path))
    first.kill()
    first.wait()
    assert published(tmp_path) == []
    assert hidden(tmp_path)
    assert Patron.objects.not_exported().count() == MANY
    eventually(lambda: finished(start()) == 0)
    (path,) = published(tmp_path)
    assert len(numbers(path)) == MANY
    assert hidden(tmp_path) == []
    assert not Patron.objects.to_be_exported().exists()


def test_killed_between_file_and_mark_it_writes_everybody_again(start, tmp_path):
    patron = imported_patron()
    with transaction.atomic():
        lock_out_marks()
        first = start()
        eventually(lambda: published(tmp_path))
        first.kill()
        first.wait()
    (complete,) = published(tmp_path)
    assert numbers(complete) == {patron.number}
    eventually(lambda: finished(start()) == 0)
    assert [numbers(path) for path in published(tmp_path)] == [{patron.number}] * 2
    assert not Patron.objects.to_be_exported().exists()
    assert PatronExport.objects.count() == 1


def test_a_second_export_at_the_same_time_refuses(start, tmp_path):
    imported_patron()
    with transaction.atomic():
        lock_out_marks()
        first = start()
        eventually(lambda: published(tmp_path))
        second = start()
        assert finished(second) == 3
        assert "Another export is running." in second.log.read_text()
    assert finished(first) == 0
    assert len(published(tmp_path)) == 1


def test_what_changes_between_reading_and_marking_is_exported_again(start, tmp_path):
    kept, changed = imported_patron(), imported_patron(name="別府 次郎")
    with transaction.atomic():
        lock_out_marks()
        export = start()
        eventually(lambda: published(tmp_path))
        change_contact(
            patron=changed, phone="0977000009", email=changed.email, contact_method="none"
        )
    assert finished(export) == 0
    assert "patrons: 2\nmarked: 1\n" in export.log.read_text()
    assert Patron.objects.exported().get() == kept
    assert Patron.objects.to_be_exported().get() == changed


def test_what_began_before_the_export_and_ends_after_it_is_exported_again(start, tmp_path):
    kept, changed = imported_patron(), imported_patron(name="別府 次郎")
    with transaction.atomic():
        change_contact(
            patron=changed, phone="0977000009", email=changed.email, contact_method="none"
        )
        late = imported_patron(name="別府 三郎")
        assert finished(start()) == 0
    (path,) = published(tmp_path)
    assert numbers(path) == {kept.number, changed.number}
    assert "0977000009" not in path.read_text("utf-8-sig")
    assert set(Patron.objects.to_be_exported()) == {changed, late}


def test_a_full_disk_leaves_nothing_behind_and_marks_nobody(start, tmp_path):
    many_patrons()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    process = start(first=limit)
    assert finished(process) == 1
    assert "Nothing was written: " in process.log.read_text()
    assert list((tmp_path / "out").iterdir()) == []
    assert Patron.objects.not_exported().count() == MANY


def test_counts_are_printed_and_nobody_s_data(start, tmp_path):
    patron = imported_patron()
    process = start("--encoding", "cp932")
    assert finished(process) == 0
    log = process.log.read_text()
    assert "patrons: 1\nmarked: 1\nwith replaced characters: 0\nfile: " in log
    assert not [data for data in (patron.number, "別府", "花子", patron.phone) if data in log]
    assert finished(start()) == 0
    assert len(published(tmp_path)) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--dry-run",), 0, "patrons: 1 (nothing written, nothing marked)"),
        (("--output", "-"), 2, "--no-mark"),
        (("--output", "-", "--no-mark"), 0, "別府 花子"),
        (("--since", "2000-01-01", "--no-mark"), 0, "patrons: 1\nmarked: 0"),
        (("--since", "2999-01-01T09:00"), 0, "patrons: 0\nmarked: 0"),
        (("--since", "tomorrow"), 2, "a date or date and time"),
        (("--full", "--since", "2000-01-01"), 2, "not allowed with"),
        (("--output", "/nowhere/file.csv"), 1, "/nowhere: No such file or directory"),
        (("--mapping", "/nowhere.toml"), 2, "/nowhere.toml"),
    ],
)
def test_options_and_exit_status(settings, tmp_path, capfd, arguments, status, said):
    settings.PATRON_EXPORT_FOLDER = tmp_path
    imported_patron()
    assert exit_status("export_patrons", *arguments) == status
    assert said in "".join(capfd.readouterr())
    assert Patron.objects.not_exported().count() == 1
