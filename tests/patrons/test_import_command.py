"""What `import_patrons` is told, and what it says: options, exit status, bar, report, mapping."""

import csv
import io
import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from patrons.models import Patron
from patrons.transfer.columns import DEFAULT_MAPPING
from tests.patrons.library_files import Ended, people, run, text
from tests.patrons.people import imported_patron

pytestmark = pytest.mark.django_db(transaction=True)
BROKEN = {"birth_date": "19920431"}
MAPPING = """
encoding = "cp932"
delimiter = ";"
[columns]
number = ["ID"]
name = ["NAME"]
birth_date = ["BORN"]
status = ["STATE"]
[status]
active = ["1"]
withdrawn = ["8", "9"]
[birth_date]
unknown = ["-"]
"""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def imported(file: Path, *rows: dict[str, str], arguments=(), **options) -> Ended:
    file.write_text(text(*rows), encoding="utf-8", newline="")
    return run(file, *arguments, **options)


def report_lines(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\r\n"])
def test_every_encoding_and_line_end_that_japanese_systems_write(file, encoding, end):
    file.write_bytes(text({"name": "髙﨑　花子"}, end=end).encode(encoding))
    assert run(file).status == 0
    assert Patron.objects.get().name == "髙﨑　花子"


def test_counts_and_lines_are_printed_and_nobody_s_data(file):
    imported_patron(number="C9", name="別府 花子")
    rows = [{"phone": "?"}, {"number": "C2", "name": "大分　一"}, BROKEN | {"number": "C3"}]
    ended = imported(file, *rows, arguments=["--max-rejected", "1", "--as-of", "2026-04-01"])
    assert (ended.status, ended.error) == (0, "")
    assert ended.output.splitlines() == [
        "4 行目: 取り込めない行（生年月日が正しくありません：暦にない日）",
        "2 行目: 使えない値を除いて取り込み（電話番号）",
        "2 行目: 同姓同名・同一生年月日（同じ氏名・生年月日の利用者がいます。"
        "同じ人かどうか確認してください）",
        f"文字コード: UTF-8、区切り: コンマ、対応表: {DEFAULT_MAPPING}",
        "ファイルの日時: 2026-04-01 00:00:00（--as-of）",
        "行数 3: 新規 2、更新 0、変更なし 0、見送り 0、取り込めない 1",
        "除いた値 1、確認する値 0、同姓同名・同一生年月日 1、カードと違う氏名 0",
        "取り込みました。",
    ]


def test_columns_that_are_not_used_are_named(file):
    file.write_text("備考,利用者番号,氏名,生年月日,区分\nx,C1,別府,19920402,y\n", encoding="utf-8")
    assert "使わない列: 備考、区分\n" in run(file).output


def test_the_screen_has_the_first_lines_and_the_number_of_the_others(file):
    ended = imported(file, *people(25, phone="?"))
    assert ended.output.count("使えない値を除いて取り込み（電話番号）") == 20
    assert "ほか 5 件（--report で全部を書き出せます）" in ended.output


@pytest.mark.parametrize(
    ("allowed", "status"), [("0", 1), ("1", 1), ("2", 0), ("49%", 1), ("50%", 0), ("100%", 0)]
)
def test_how_many_rows_may_be_rejected(file, allowed, status):
    rows = [*people(2, **BROKEN), {}, {"number": "C2", "name": "他"}]
    ended = imported(file, *rows, arguments=["--max-rejected", allowed])
    assert ended.status == status
    assert Patron.objects.count() == (0 if status else 2)
    if status:
        assert ended.error == (
            "取り込めない行が 2 行あります（--max-rejected）。何も変わっていません。"
        )
    assert ("取り込みました。" in ended.output) is not status


def test_a_dry_run_says_so(file):
    ended = imported(file, {}, arguments=["--dry-run"])
    assert "新規 1、" in ended.output
    assert ended.output.endswith("確認だけです。何も変わっていません。\n")
    assert "取り込みました" not in ended.output
    assert not Patron.objects.exists()
    assert imported(file, BROKEN, arguments=["--dry-run"]).status == 1


def test_the_moment_of_the_file_can_be_told(file):
    imported(file, {}, arguments=["--as-of", "2026-04-01T02:00"])
    assert Patron.objects.get().synced_at == datetime(2026, 3, 31, 17, tzinfo=UTC)
    older = imported(file, {"phone": ""}, arguments=["--as-of", "2026-03-31T16:59:59Z"])
    assert older.status == 0
    assert "2 行目: 見送り（このファイルより新しい内容があります。" in older.output
    assert "ファイルの日時: 2026-04-01 01:59:59（--as-of）\n" in older.output
    assert "更新 0、変更なし 0、見送り 1、" in older.output
    assert "更新 1、" in imported(file, {"phone": ""}).output


@pytest.mark.parametrize(
    ("moment", "said"), [("きのう", "のような日時にしてください"), ("2999-01-01", "これからの日時")]
)
def test_a_moment_that_cannot_be_is_wrong_use(file, moment, said):
    ended = imported(file, {}, arguments=["--as-of", moment])
    assert ended.status != 0
    assert said in ended.error
    assert not Patron.objects.exists()


def test_the_number_of_rows_can_be_made_sure(file):
    ended = imported(file, {}, arguments=["--rows", "2"])
    assert ended == Ended(
        1, "行数が --rows と違います。ファイルの行数（1）。何も変わっていません。", ""
    )
    assert imported(file, {}, arguments=["--rows", "1"]).status == 0


def test_a_last_line_without_its_end_can_be_accepted(file):
    file.write_text(text({}).rstrip(), encoding="utf-8")
    assert run(file).status == 1
    assert run(file, "--accept-cut-off").status == 0


def test_a_first_login_must_be_asked_for(file):
    imported(file, {}, arguments=["--first-login-days", "30"])
    assert Patron.objects.get().first_login_until is not None


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_read(tmp_path, name):
    ended = run(tmp_path / name)
    assert ended.status == 2
    assert ended.error.startswith(f"{tmp_path / name}: ")


def test_a_mapping_tells_headers_codes_separator_and_encoding(file, tmp_path):
    mapping = tmp_path / "other.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    file.write_bytes(
        "ID;NAME;BORN;STATE;氏名\nC1;髙橋,一;-;1;x\nC2;髙橋;19920402;9;x\n".encode("cp932")
    )
    assert run(file, "--mapping", str(mapping)).status == 0
    first, second = Patron.objects.order_by("number")
    assert (first.name, first.birth_date, first.withdrawn_at) == ("髙橋,一", "00000000", None)
    assert second.withdrawn_at is not None


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("columns = [", "UTF-8 の TOML として読めません"),
        (b"\x82\xa0".decode("latin-1"), "UTF-8 の TOML として読めません"),
        (MAPPING.replace('"cp932"', '"sjis"'), "encoding は 'auto', 'utf-8', 'cp932' のどれか"),
        (MAPPING.replace('";"', '":"'), "delimiter は"),
        (MAPPING.replace('number = ["ID"]', ""), "columns に number が必要です"),
        (MAPPING.replace('["ID"]', '"ID"'), "columns.number は文字列の並び"),
        (MAPPING.replace('["ID"]', "[]"), "columns.number は文字列の並び"),
        (MAPPING.replace('["ID"]', "[1]"), "columns.number は文字列の並び"),
        (MAPPING.replace('["ID"]', '["ＮＡＭＥ"]'), "columns の 'NAME' が number にもあります"),
        (MAPPING.replace("number =", "nummer ="), "columns に知らない項目があります: nummer"),
        (MAPPING.replace("[status]", "[state]"), "知らない項目があります: state"),
        (MAPPING.replace('active = ["1"]', ""), "status の値には、それぞれ1つ以上"),
        (MAPPING.replace("unknown", "unbekannt"), "birth_date に書けるのは"),
        ("columns = 1", "columns は表（[columns]）"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(file, tmp_path, broken, said):
    mapping = tmp_path / "other.toml"
    mapping.write_text(broken, encoding="latin-1" if broken.startswith("\x82") else "utf-8")
    ended = imported(file, {}, arguments=["--mapping", str(mapping)])
    assert ended.status == 2
    assert ended.error.startswith(f"{mapping}: ")
    assert said in ended.error
    assert not Patron.objects.exists()


def test_a_mapping_that_is_not_there(file, tmp_path):
    ended = imported(file, {}, arguments=["--mapping", str(tmp_path / "missing.toml")])
    assert ended.status == 2


def test_a_report_has_every_line_with_its_number_for_its_owner_alone(file, tmp_path):
    imported_patron(number="C9", name="別府 花子")
    report = tmp_path / "report.csv"
    rows = [{"phone": "?"}, BROKEN | {"number": "-C3"}, *people(30, email="x")]
    old = os.umask(0)
    try:
        ended = imported(file, *rows, arguments=["--max-rejected", "1", "--report", str(report)])
    finally:
        os.umask(old)
    assert ended.status == 0
    assert f"確認する行: {report}\n" in ended.output
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    headers, *lines = report_lines(report)
    assert headers == ["行", "利用者番号", "種類", "理由"]
    assert ["2", "C1", "使えない値を除いて取り込み", "電話番号"] in lines
    assert ["3", "'-C3", "取り込めない行", "生年月日が正しくありません：暦にない日"] in lines
    assert len(lines) == 33
    assert sorted(tmp_path.iterdir()) == [file, report]


def test_a_refused_import_leaves_its_report_and_the_next_one_replaces_it(file, tmp_path):
    report = tmp_path / "report.csv"
    arguments = ["--report", str(report)]
    assert imported(file, BROKEN, arguments=arguments).status == 1
    assert [line[0] for line in report_lines(report)] == ["行", "2"]
    assert imported(file, {}, arguments=arguments).status == 0
    assert [line[0] for line in report_lines(report)] == ["行"]


def test_a_file_that_is_refused_leaves_no_report_and_the_same_command_works_again(file, tmp_path):
    report = tmp_path / "report.csv"
    file.write_text(text(BROKEN).rstrip(), encoding="utf-8")
    assert run(file, "--report", str(report)).status == 1
    assert list(tmp_path.iterdir()) == [file]
    assert imported(file, {}, arguments=["--report", str(report)]).status == 0
    assert report.exists()


def test_a_report_is_never_written_over_another_file(file, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("大切", encoding="utf-8")
    for path in (other, file):
        ended = imported(file, {}, arguments=["--report", str(path)])
        assert ended == Ended(2, f"{path}: 別のファイルがあります。", "")
    assert other.read_text(encoding="utf-8") == "大切"
    assert file.read_bytes().decode() == text({})
    assert not Patron.objects.exists()


def test_a_report_that_cannot_be_written_stops_before_anything_is_read(file, tmp_path):
    path = tmp_path / "missing" / "report.csv"
    ended = imported(file, {}, arguments=["--report", str(path)])
    assert ended.status == 2
    assert ended.error.startswith(f"{path}: ")
    assert not Patron.objects.exists()


def test_a_terminal_shows_a_bar_in_one_line(file):
    terminal = Terminal()
    imported(file, *people(10), stderr=terminal)
    shown = terminal.getvalue()
    assert shown.endswith("\n")
    assert shown.count("\n") == 1
    steps = [re.sub(r" \d+ 秒$", "", line) for line in shown.rstrip().split("\r\x1b[2K")[1:]]
    assert steps == [
        f"読み込み [{'#' * 30}] 100%",
        f"照合 [{'.' * 30}]   0%",
        f"登録 [{'.' * 30}]   0%",
        f"確定 [{'.' * 30}]   0%",
    ]


def test_elsewhere_steps_are_lines_without_control_characters(file):
    stream = io.StringIO()
    imported(file, *people(10), stderr=stream)
    steps = [re.sub(r" \d+ 秒$", "", line) for line in stream.getvalue().splitlines()]
    assert steps == ["読み込み 100%", "照合   0%", "登録   0%", "確定   0%"]


def test_a_bar_ends_its_line_before_a_refusal_is_printed(file):
    terminal = Terminal()
    file.write_text(text({}).rstrip() + "\r\nC2", encoding="utf-8")
    assert run(file, stderr=terminal).status == 1
    assert terminal.getvalue().endswith("秒\n")


def waiting_searches() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE task_name = 'patrons.tasks.find_doubles' AND status = 'todo'"
            # Behind what the search leaves out because it was written a moment ago.
            " AND scheduled_at > now() + interval '31 seconds'"
        )
        return cursor.fetchone()[0]


def test_what_was_imported_is_looked_at_for_doubles_at_once(file):
    imported(file, people(1)[0], arguments=["--dry-run"])
    assert waiting_searches() == 0
    for _ in range(2):
        assert imported(file, people(1)[0]).status == 0
        assert waiting_searches() == 1
