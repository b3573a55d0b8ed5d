"""What stands in an exported file, and who is in it."""

import csv
import io
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from patrons.models import Patron, PatronExport
from patrons.services import change_contact
from patrons.transfer.columns import load_mapping
from patrons.transfer.exporting import ExportFailed, export_to_folder, export_to_stream
from tests.patrons.people import imported_patron

pytestmark = pytest.mark.django_db

REGISTERED = datetime(2026, 3, 10, 0, 5, 6, tzinfo=UTC)
MANY = 5000


@pytest.fixture
def mapping():
    return load_mapping()


@pytest.fixture
def export(tmp_path, mapping):
    """Return `export(encoding=…, patrons=…)`, which writes to the test's folder."""

    def run(**changes):
        how = {
            "folder": tmp_path,
            "patrons": Patron.objects.to_be_exported(),
            "encoding": "utf-8-sig",
            "mapping": mapping,
        }
        return export_to_folder(**(how | changes))

    return run


def lines(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def numbers(path: Path) -> list[str]:
    return [line["利用者番号"] for line in lines(path)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_line_holds_what_the_library_system_needs(patron, export, encoding):
    Patron.objects.update(registered_at=REGISTERED, contact_method="email")
    path = export(encoding=encoding).path
    assert lines(path, encoding) == [
        {
            "利用者番号": patron.number,
            "氏名": "大分　太郎",
            "カナ": "オオイタ　タロウ",
            "生年月日": "20130720",
            "郵便番号": "8700000",
            "住所": "大分県大分市金池南1丁目5番1号",
            "電話番号": "0970000000",
            "E-mail": "oita@oita.co.jp",
            "予約連絡方法": "メール",
            "状態": "有効",
            "市町コード": "44201",
            "登録日時": "2026-03-10 09:05:06",
            "転出がわかった日時": "",
        }
    ]
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") is (encoding == "utf-8-sig")
    assert raw.endswith(b"\r\n")
    assert b'"0970000000"' in raw


def test_withdrawn_and_moved_patrons_are_told_with_their_state(export):
    imported_patron(name="臼杵 一", withdrawn_at=REGISTERED)
    imported_patron(name="臼杵 二", moved_out_at=REGISTERED)
    withdrawn, moved = lines(export().path)
    assert (withdrawn["状態"], withdrawn["転出がわかった日時"]) == ("退会", "")
    assert (moved["状態"], moved["転出がわかった日時"]) == ("有効", "2026-03-10 09:05:06")


def test_formulas_in_names_and_addresses_are_text_to_a_spreadsheet(export):
    imported_patron(name="=1+1", address="＝cmd", phone="+81 97", email="@x", last_name_kana="-ア")
    (line,) = lines(export().path)
    assert line["氏名"] == "'=1+1"
    assert line["住所"] == "'＝cmd"
    assert line["電話番号"] == "'+81 97"
    assert line["E-mail"] == "'@x"
    assert line["カナ"] == "'-ア　ハナコ"


def test_separators_and_quotes_stay_in_their_cell_and_an_address_in_one_line(export):
    imported_patron(name='"山田", 花子', address="一行目\r\n二行目;\t")
    (line,) = lines(export().path)
    assert (line["氏名"], line["住所"]) == ('"山田", 花子', "一行目 二行目; ")


def test_characters_that_cp932_lacks_are_visible_and_listed_beside_the_file(patron, export):
    strange = imported_patron(name="𠮷田 José", address="葛\U000e0100城市")
    imported_patron(name="髙﨑 ①")
    exported = export(encoding="cp932")
    assert (exported.patrons, exported.reported) == (3, 1)
    assert [line["氏名"] for line in lines(exported.path, "cp932")] == [
        "大分　太郎",
        "〓田 Jos〓",
        "髙﨑 ①",
    ]
    report = exported.path.with_suffix(".missing.txt")
    assert lines(report) == [
        {"利用者番号": strange.number, "項目": "氏名", "文字": "U+20BB7 U+00E9"},
        {"利用者番号": strange.number, "項目": "住所", "文字": "U+E0100"},
    ]
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    strange.refresh_from_db()
    assert strange.name == "𠮷田 José"


def test_without_such_characters_there_is_no_list(patron, export, tmp_path):
    exported = export(encoding="cp932")
    assert list(tmp_path.iterdir()) == [exported.path]


def test_the_file_is_the_owner_s_alone_and_named_by_moment_and_number(patron, export):
    old = os.umask(0)
    try:
        path = export().path
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    record = PatronExport.objects.get()
    moment = timezone.localtime(record.started_at)
    assert path.name == f"patrons-{moment:%Y%m%d-%H%M%S}-{record.pk:06}.csv"
    assert (record.file_name, record.patrons, record.marked) == (path.name, 1, 1)


def test_an_export_takes_new_and_changed_patrons_and_marks_them(patron, export, tmp_path):
    known = imported_patron(name="別府 一", exported_at=timezone.now() + timedelta(days=1))
    changed = imported_patron(name="別府 二", exported_at=timezone.now() - timedelta(days=1))
    before = timezone.now()
    first = export()
    assert numbers(first.path) == [patron.number, changed.number]
    assert first.marked == 2
    patron.refresh_from_db()
    assert before <= patron.exported_at == PatronExport.objects.get().started_at
    assert known.number not in numbers(first.path)
    assert set(Patron.objects.exported()) == set(Patron.objects.all())
    again = export()
    assert (again.path, again.patrons) == (None, 0)
    assert list(tmp_path.iterdir()) == [first.path]
    assert PatronExport.objects.count() == 1
    change_contact(patron=patron, phone="0970000001", email=patron.email, contact_method="phone")
    (line,) = lines(export().path)
    assert (line["利用者番号"], line["電話番号"]) == (patron.number, "0970000001")


def test_a_full_export_marks_only_whom_the_library_system_did_not_know(patron, export):
    moment = timezone.now() + timedelta(days=1)
    known = imported_patron(exported_at=moment)
    exported = export(patrons=Patron.objects.all())
    assert (exported.patrons, exported.marked) == (2, 1)
    known.refresh_from_db()
    assert known.exported_at == moment


def test_an_export_without_marks_changes_no_patron(patron, export):
    assert export(mark=False).marked == 0
    patron.refresh_from_db()
    assert patron.exported_at is None


def test_a_change_is_later_than_the_export_whichever_clock_it_was_stamped_by(patron):
    ahead = timezone.now() + timedelta(minutes=5)
    Patron.objects.update(exported_at=ahead)
    assert Patron.objects.exported().exists()
    change_contact(patron=patron, phone="0970000001", email=patron.email, contact_method="none")
    patron.refresh_from_db()
    assert patron.updated_at == ahead + timedelta(microseconds=1)
    assert Patron.objects.to_be_exported().get() == patron


def test_an_import_that_sets_both_moments_is_left_alone(patron):
    moment = timezone.now() + timedelta(minutes=5)
    Patron.objects.update(exported_at=moment, updated_at=moment)
    patron.refresh_from_db()
    assert patron.updated_at == patron.exported_at == moment
    assert Patron.objects.exported().exists()


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_folder_that_cannot_be_written_to_marks_nobody(patron, export, tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(ExportFailed, match=name):
        export(folder=tmp_path / name)
    patron.refresh_from_db()
    assert patron.exported_at is None
    assert not PatronExport.objects.exists()


def test_a_stream_gets_the_same_and_marks_nobody(patron, mapping):
    stream = io.BytesIO()
    exported = export_to_stream(
        stream=stream, patrons=Patron.objects.all(), encoding="cp932", mapping=mapping
    )
    assert exported.patrons == 1
    assert patron.number in stream.getvalue().decode("cp932")
    assert Patron.objects.not_exported().exists()


def test_a_named_file_is_replaced_whole(patron, mapping, tmp_path):
    path = tmp_path / "for-the-system.csv"
    path.write_text("old")
    export_to_folder(
        folder=path.parent,
        name=path.name,
        patrons=Patron.objects.all(),
        encoding="utf-8-sig",
        mapping=mapping,
    )
    assert numbers(path) == [patron.number]
    assert list(tmp_path.iterdir()) == [path]


def test_a_mapping_decides_headers_order_codes_and_separator(patron, export, tmp_path):
    text = Path(settings.PATRON_EXPORT_MAPPING).read_text(encoding="utf-8")
    text = text.replace('delimiter = ","', 'delimiter = ";"').replace('["利用者番号", ', '["ID", ')
    text = text.replace('active = ["有効", ', 'active = ["1", ')
    text = text.replace('email = ["E-mail", "メールアドレス", "メール", "E-mailアドレス"]\n', "")
    other = tmp_path / "other.toml"
    other.write_text(text, encoding="utf-8")
    header, line = export(mapping=load_mapping(other)).path.read_text("utf-8-sig").splitlines()
    assert header.startswith('"ID";"氏名";')
    assert "E-mail" not in header
    assert line.startswith(f'"{patron.number}";')
    assert line.split(";")[8] == '"1"'


def many_patrons() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO patrons_patron
                (number, name, name_key, last_name_kana, first_name_kana, kana_key, birth_date,
                 postal_code, address, address_key, phone, email, email_key, contact_method,
                 municipality_code, residency_reason, residency_rule_version, registered_via,
                 registered_at, namesake_no, updated_at)
            SELECT 'M' || n, n, n, '', '', '', '19920402', '', '', '', '', '', '', 'none', '', '',
                '', 'import', now() - n * interval '1 day', 0, now()
            FROM generate_series(1, %s) n
            """,
            [MANY],
        )


@pytest.mark.parametrize("found", ["to_be_exported", "not_exported", "changed_since_reflected"])
def test_the_few_to_be_exported_among_many_are_found_without_reading_the_others(
    fresh_indexes, found
):
    many_patrons()
    Patron.objects.update(exported_at=timezone.now(), reflected_at=timezone.now())
    imported_patron()
    Patron.objects.filter(number="M1").update(updated_at=timezone.now() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patrons_patron")
    plan = getattr(Patron.objects, found)().order_by("-registered_at", "-id").explain()
    assert "patron_to_be_exported" in plan
    assert "Seq Scan" not in plan


def rows_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = 'patrons_patron'"
        )
        return cursor.fetchone()[0]


def test_marking_reads_who_was_written_and_no_others_whatever_statistics_say(export):
    imported_patron()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM patrons_patron; ANALYZE patrons_patron")
    many_patrons()
    before = rows_read()
    assert export().marked == MANY
    assert rows_read() - before <= 4 * MANY
