"""What `import_catalog` says: counts, reasons, report, bar and exit status."""

import csv
import io
import os
import stat
from pathlib import Path

import pytest
from django.db import connection, transaction

from catalog.importing.loading import IMPORT_LOCK
from catalog.models import Record
from tests.catalog.marc_files import UNCHANGED, Ended, branch, iso, record, run, with_items
from tests.patrons.threads import together

pytestmark = pytest.mark.django_db(transaction=True)
DELETED = "00000dam a2200000 i 4500"


@pytest.fixture
def file(tmp_path) -> Path:
    branch()
    path = tmp_path / "records.mrc"
    path.write_bytes(iso(with_items("S1", "1"), with_items("S2", "2")))
    return path


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def lines_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_counts_are_printed_with_what_was_left_out(file):
    assert run(file).output.splitlines() == [
        "書誌 2: 新規 2、更新 0、変更なし 0、削除 0、読み飛ばし 0、取り込めない 0",
        "所蔵: 新規 2、更新 0、変更なし 0、なくなった 0、取り込めない 0",
        "取り込みました。",
    ]
    file.write_bytes(
        iso(
            record("S1", ("852", "b:東|p:1"), title="後"),
            record("S3", title=None),
            record("S2", leader=DELETED),
            record("S4"),
            record("S4", ("490", f"a:{'叢' * 600}")),
        )
        + b"0"
    )
    ended = run(file)
    assert (ended.status, ended.error) == (0, "")
    assert ended.output.splitlines() == [
        "2 S3: 取り込めない書誌（書名（245）がありません）",
        "5 S4: 途中までを取り込み（長すぎるか、多すぎます：series）",
        "6: 取り込めない書誌（ファイルの終わりで切れています）",
        "1 S1: 取り込めない所蔵（登録されていない館の記号です：東）",
        "4 S4: 読み飛ばした書誌（同じ書誌番号がもう一度あります。あとのほうを取り込みます）",
        "書誌 6: 新規 1、更新 1、変更なし 0、削除 1、読み飛ばし 1、取り込めない 2",
        "所蔵: 新規 0、更新 0、変更なし 0、なくなった 1、取り込めない 1",
        "取り込みました。",
    ]


def test_a_dry_run_says_so(file):
    ended = run(file, "--dry-run")
    assert ended.status == 0
    assert "新規 2、" in ended.output
    assert ended.output.endswith(f"確認だけです。{UNCHANGED}\n")
    assert not Record.objects.exists()


def test_the_report_has_everything_and_the_screen_the_first(file, tmp_path):
    report = tmp_path / "report.csv"
    rejected = [record(f"=S{number}", title=None) for number in range(25)]
    file.write_bytes(iso(record("S1"), *rejected))
    old = os.umask(0o022)
    try:
        ended = run(file, "--report", report)
    finally:
        os.umask(old)
    assert ended.status == 0
    assert ended.output.count("取り込めない書誌") == 20
    assert "ほか 5 件（--report で全部を書き出せます）\n" in ended.output
    assert f"確認する書誌と所蔵: {report}\n" in ended.output
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    headers, *lines = lines_of(report)
    assert headers == ["位置", "書誌番号", "種類", "理由"]
    assert len(lines) == 25
    assert lines[0] == ["2", "'=S0", "取り込めない書誌", "書名（245）がありません"]
    assert run(file, "--report", report).status == 0
    assert sorted(tmp_path.iterdir()) == [file, report]


def test_a_report_is_never_written_over_another_file(file):
    before = file.read_bytes()
    assert run(file, "--report", file) == Ended(2, f"{file}: 別のファイルがあります。", "")
    assert file.read_bytes() == before
    assert not Record.objects.exists()


def test_where_nothing_can_be_taken_the_report_says_why(file, tmp_path):
    report = tmp_path / "report.csv"
    file.write_bytes(iso(record("S1", title=None)))
    ended = run(file, "--report", report)
    assert (ended.status, ended.error) == (1, f"取り込める書誌がひとつもありません。{UNCHANGED}")
    assert "取り込みました" not in ended.output
    assert [line[1] for line in lines_of(report)] == ["書誌番号", "S1"]


def test_a_file_that_lacks_many_items_is_refused_until_that_is_meant(file):
    file.write_bytes(iso(with_items("S1", "1"), with_items("S2", *map(str, range(2, 30)))))
    run(file)
    file.write_bytes(iso(with_items("S1", "1"), record("S2")))
    ended = run(file)
    assert (ended.status, ended.error) == (
        1,
        "いまある所蔵の1割を超える 28 点がなくなります。所蔵が欠けたファイルでないか確かめ、"
        f"なくしてよければ --lose-items を付けて実行してください。{UNCHANGED}",
    )
    assert "なくなった 28、" in ended.output
    assert run(file, "--dry-run").status == 1
    assert run(file, "--lose-items").output.endswith("取り込みました。\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "ファイルに書誌がありません。"),
        ("書名,著者\n".encode(), "MARC 21（ISO 2709）でもMARCXMLでもありません。"),
        (b"<!DOCTYPE a><a/>", "XMLとして読めません。"),
    ],
)
def test_a_refused_file_is_said_in_a_sentence(file, data, said):
    file.write_bytes(data)
    ended = run(file)
    assert ended.status == 1
    assert ended.error.startswith(said)
    assert ended.error.endswith(UNCHANGED)


def test_items_that_cannot_be_read_are_said_before_the_records_are_read(file, tmp_path):
    table = tmp_path / "items.csv"
    table.write_text("number\n", encoding="utf-8")
    terminal = io.StringIO()
    ended = run(file, "--items", table, stderr=terminal)
    assert ended.error == (
        "所蔵のファイルの1行目（見出し）に、必要な列がありません"
        f"（control_number（書誌番号）、branch（館））。{UNCHANGED}"
    )
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("arguments", [[], ["--items", "/nowhere.csv"]])
def test_a_file_that_is_not_there_is_wrong_use(file, arguments):
    if not arguments:
        file = file.with_name("nowhere.mrc")
    ended = run(file, *arguments)
    assert ended.status == 2
    assert "nowhere" in ended.error
    assert ended.error.endswith(": No such file or directory")


def test_a_folder_is_wrong_use(tmp_path):
    assert run(tmp_path) == Ended(2, f"{tmp_path}: Is a directory", "")


def test_a_second_import_is_refused(file):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", IMPORT_LOCK)
        (ended,) = together([lambda: run(file)])
    assert (ended.status, ended.error) == (
        1,
        f"別の取り込みが動いています。終わってから実行してください。{UNCHANGED}",
    )


def test_a_terminal_shows_a_bar_in_one_line_and_others_get_lines(file):
    terminal = Terminal()
    run(file, stderr=terminal)
    assert terminal.getvalue().count("\n") == 1
    assert f"読み込み [{'#' * 30}] 100%" in terminal.getvalue()
    stream = io.StringIO()
    run(file, stderr=stream)
    steps = dict.fromkeys(line.split()[0] for line in stream.getvalue().splitlines())
    assert list(steps) == ["読み込み", "所蔵", "照合", "登録", "確定"]
