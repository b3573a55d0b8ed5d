"""Erased patrons and the library system: told once, and not brought back by its files."""

import csv
import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from patrons.models import EMPTIED_BY_ERASURE, Patron
from patrons.retention import erase_patron
from patrons.transfer.columns import load_mapping
from patrons.transfer.exporting import export_to_folder
from patrons.transfer.importing import Imported, import_patrons
from tests.patrons.people import imported_patron

# An import must not run inside a transaction.
pytestmark = pytest.mark.django_db(transaction=True)
HEADER = ("利用者番号", "氏名", "カナ", "生年月日", "住所", "電話番号", "E-mail", "状態")


@pytest.fixture
def mapping():
    return load_mapping()


@pytest.fixture
def take(tmp_path, mapping):
    """Return `take(*rows)`: import rows of HEADER, and what was reported of them."""

    def run(*rows: tuple[str, ...], **options) -> tuple[Imported, list[tuple[str, str]]]:
        path = tmp_path / "patrons.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADER, *rows])
        found = []
        imported = import_patrons(
            path=path,
            mapping=mapping,
            report=lambda kind, finding: found.append((kind, finding.code)),
            **options,
        )
        return imported, found

    return run


def row(number: str, *, name: str = "別府 花子", status: str = "有効") -> tuple[str, ...]:
    return (
        *(number, name, "ベップ ハナコ", "19920402", "大分県別府市上野口町1番15号"),
        *("0977000000", "hanako@example.jp", status),
    )


def is_empty(patron: Patron) -> bool:
    columns = Patron.objects.values(*EMPTIED_BY_ERASURE).get(pk=patron.pk)
    return columns == EMPTIED_BY_ERASURE


def exported_lines(folder, mapping) -> list[dict[str, str]]:
    exported = export_to_folder(
        folder=folder,
        patrons=Patron.objects.to_be_exported(),
        encoding="utf-8-sig",
        mapping=mapping,
    )
    if exported.path is None:
        return []
    text = exported.path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_next_export_tells_number_and_withdrawal_once(tmp_path, mapping):
    patron = imported_patron(exported_at=timezone.now())
    exported_lines(tmp_path, mapping)
    assert exported_lines(tmp_path, mapping) == []
    erase_patron(patron_id=patron.pk)
    (line,) = exported_lines(tmp_path, mapping)
    filled = {header: value for header, value in line.items() if value}
    assert filled.pop("登録日時")
    assert filled == {
        "利用者番号": patron.number,
        "生年月日": "00000000",
        "予約連絡方法": "不要",
        "状態": "退会",
    }
    assert exported_lines(tmp_path, mapping) == []
    assert is_empty(patron)


def test_an_erasure_behind_an_export_that_is_being_written_is_told_by_the_next(tmp_path, mapping):
    # Never marked as exported, but perhaps in a file: the library system hears of it all the same.
    patron = imported_patron()
    erase_patron(patron_id=patron.pk)
    (line,) = exported_lines(tmp_path, mapping)
    assert (line["利用者番号"], line["状態"]) == (patron.number, "退会")


@pytest.mark.parametrize("status", ["有効", "退会"])
@pytest.mark.parametrize("read", [None, timezone.now()])
@pytest.mark.parametrize("told", [True, False])
def test_a_row_of_the_library_system_brings_nothing_back(take, status, read, told):
    patron = imported_patron(verified_at=read, card_data_at=read)
    erase_patron(patron_id=patron.pk)
    if told:
        Patron.objects.update(exported_at=timezone.now())
    before = Patron.objects.values().get()
    imported, found = take(row(patron.number, status=status))
    names = ("erased", "inserted", "updated", "rejected")
    assert [imported.counts[name] for name in names] == [1, 0, 0, 0]
    assert found == [("erased", "erased")]
    assert Patron.objects.values().get() == before
    assert is_empty(patron)


def test_the_rest_of_the_file_is_taken_over(take):
    patron = imported_patron()
    erase_patron(patron_id=patron.pk)
    imported, _ = take(row(patron.number), row("N1", name="別府 次郎"))
    assert (imported.counts["erased"], imported.counts["inserted"], imported.done) == (1, 1, True)
    assert Patron.objects.active().get().number == "N1"


def test_a_row_that_was_emptied_there_as_well_is_nothing_to_look_at(take):
    patron = imported_patron()
    erase_patron(patron_id=patron.pk)
    imported, found = take((patron.number, "", "", "00000000", "", "", "", "退会"))
    assert (imported.counts["unchanged"], imported.counts["rejected"], imported.done) == (
        1,
        0,
        True,
    )
    assert found == []
    assert is_empty(patron)


def test_an_exported_file_can_be_imported_again(tmp_path, mapping):
    patron = imported_patron()
    erase_patron(patron_id=patron.pk)
    imported_patron(name="別府 次郎")
    exported = export_to_folder(
        folder=tmp_path, patrons=Patron.objects.all(), encoding="utf-8-sig", mapping=mapping
    )
    imported = import_patrons(path=exported.path, mapping=mapping)
    assert (imported.counts["unchanged"], imported.counts["rejected"]) == (2, 0)


@pytest.mark.parametrize(
    ("number", "status"), [("unknown", "退会"), ("known", "退会"), ("erased", "有効")]
)
def test_a_row_without_a_name_is_otherwise_no_patron(take, number, status):
    erased, known = imported_patron(), imported_patron(name="別府 次郎")
    erase_patron(patron_id=erased.pk)
    numbers = {"unknown": "N1", "known": known.number, "erased": erased.number}
    before = list(Patron.objects.order_by("pk").values())
    imported, found = take((numbers[number], "", "", "00000000", "", "", "", status))
    assert (imported.counts["rejected"], imported.done) == (1, False)
    assert found == [("rejected", "name_empty")]
    assert list(Patron.objects.order_by("pk").values()) == before


def test_the_command_says_how_many_and_what_to_do(tmp_path, capsys):
    patron = imported_patron()
    erase_patron(patron_id=patron.pk)
    path = tmp_path / "patrons.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADER, row(patron.number)])
    call_command("import_patrons", path)
    out = capsys.readouterr().out
    assert "個人情報を消去済みのため見送り 1" in out
    assert "貸出システムに残っている個人情報も消去してください" in out
    assert patron.number not in out
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM patrons_patron WHERE patrons_patron::text LIKE '%花%'")
        assert cursor.fetchone() == (0,)
