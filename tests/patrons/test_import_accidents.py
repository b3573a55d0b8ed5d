"""Files that are broken in every way: told in a sentence, and nothing changes."""

import resource
from pathlib import Path

import pytest
from django.db import transaction

from patrons.models import Patron
from patrons.transfer.merging import findings
from patrons.transfer.rows import Finding
from tests.patrons.library_files import UNCHANGED, people, run, text

pytestmark = pytest.mark.django_db(transaction=True)
MEGABYTE = 1 << 20
HEADERS = text()
GOOD = text({}, {"number": "C2", "name": "大分　一"})
# More than a megabyte, so that what is broken behind it is met when rows are staged already.
MUCH = text(*people(9000))
REFUSED = {
    "nothing": (b"", "ファイルに利用者の行がありません。"),
    "headers only": (HEADERS, "ファイルに利用者の行がありません。"),
    "part of the headers": (HEADERS[:20], "ファイルに利用者の行がありません。"),
    "blank lines": (f"{HEADERS}\r\n\r\n", "ファイルに利用者の行がありません。"),
    "NUL bytes only": (bytes(MEGABYTE), "1 行目: 文字コードが正しくありません"),
    "UTF-16 without its mark": (GOOD.encode("utf-16-le"), "（UTF-16（BOM なし）か、"),
    "UTF-16, cut off in a character": (GOOD.encode("utf-16")[:-1], "最後の行が改行で終わって"),
    "UTF-16, broken": (GOOD.encode("utf-16") + b"\0\xd8\n\0", "文字コードが正しくありません"),
    "UTF-32": (GOOD.encode("utf-32"), "1 行目: 文字コードが正しくありません"),
    "ISO-2022-JP": (GOOD.encode("iso-2022-jp"), "JIS（ISO-2022-JP）のようです"),
    "EUC-JP": (GOOD.encode("euc-jp"), "EUC-JP のようです"),
    "a broken character": (GOOD.encode() + b"C3,\xe5\x88,\r\n", "4 行目: 文字の途中で"),
    "a broken character far behind": (MUCH.encode() + b"C3,\xe5,\r\n", "9002 行目: 文字の途中"),
    "two encodings": (MUCH.encode() + GOOD.encode("cp932"), "9002 行目: 文字コード"),
    "a surrogate": (GOOD.encode() + b"C3,\xed\xa0\x80,\r\n", "4 行目: 文字コード"),
    "CR only": (GOOD.replace("\r\n", "\r"), "1 行目: 改行が CR だけです"),
    "CR only behind the headers": (
        GOOD.replace("\r\n", "\r").replace("\r", "\r\n", 1) + "\n",
        "2 行目: 改行が CR だけです",
    ),
    "a missing column": (
        GOOD.replace("生年月日", "誕生日"),
        "1 行目: 必要な列がありません（生年月日）",
    ),
    "a column twice": (GOOD.replace("カナ", "氏名", 1), "同じ見出しの列が2つあります（氏名）"),
    "a quote that is not closed": (
        GOOD.replace("別府　花子", '"別府　花子'),
        '2 行目: 引用符（"）が閉じていない',
    ),
    "text behind a quote": (GOOD.replace("別府　花子", '"別府"花子'), "2 行目: 引用符"),
    "10 MB in one line": (f"{GOOD}C3,{'あ' * 4 * MEGABYTE}\r\n", "4 行目: 長すぎる行があります"),
    "10 MB without a line end": ("あ" * 4 * MEGABYTE, "1 行目: 長すぎる行があります"),
    "10 MB in quotes": (f'{GOOD}C3,"' + "あ\r\n" * 2 * MEGABYTE, "4 行目: 引用符"),
    "10 MB behind good rows": (f"{MUCH}C3,{'x' * 10 * MEGABYTE}\r\n", "9002 行目: 長すぎる行"),
    "cut off in a line": (GOOD.encode()[:-30], "3 行目: 最後の行が改行で終わっていません"),
    "cut off in a character": (GOOD.encode()[: len(HEADERS.encode()) + 5], "2 行目: 最後の行が"),
    "cut off in quotes": (f'{GOOD}C3,"大分', "4 行目: 引用符"),
    "cut off far behind": (MUCH[:-5], "9001 行目: 最後の行が"),
}
REJECTED = {
    "NUL": ("別府　花子", "別府\0花子", "制御文字（NUL など）があります"),
    "an impossible date": ("19920402", "19920230", "生年月日が正しくありません"),
    "a date to come": ("19920402", "29920402", "生年月日が正しくありません"),
    "no number": ("C1", "", "利用者番号がないか"),
    "no name": ("別府　花子", "", "氏名がありません"),
    "a long name": ("別府　花子", "あ" * 10_000, "氏名が長すぎます"),
    "a cell less": ("別府　花子,", "", "列の数が見出しと違います"),
    "a cell more": ("別府　花子", "別府,花子", "列の数が見出しと違います"),
    "an unknown state": ("有効", "？", "状態が対応表にない値です"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_broken_file_is_refused_and_nothing_changes(stored, file, kind):
    data, said = REFUSED[kind]
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    ended = run(file)
    assert (ended.status, ended.output) == (1, "")
    assert said in ended.error
    assert ended.error.endswith(f"。{UNCHANGED}")
    assert Patron.objects.values().get() == stored
    file.write_bytes(GOOD.encode())
    assert run(file).status == 0
    assert Patron.objects.get(number="C1").phone == "0977211111"


@pytest.mark.parametrize("kind", REJECTED)
def test_a_broken_row_is_named_and_nothing_changes(stored, file, kind):
    good, bad, said = REJECTED[kind]
    row = text({"name": "別府　花子"}, {"number": "C2", "name": "大分　一"})
    file.write_bytes(row.replace(good, bad, 1).encode())
    ended = run(file)
    assert ended.status == 1
    assert f"2 行目: 取り込めない行（{said}" in ended.output
    assert ended.error == f"取り込めない行が 1 行あります（--max-rejected）。{UNCHANGED}"
    assert Patron.objects.values().get() == stored


def test_a_number_that_stands_twice_is_named_in_both_lines_and_nothing_changes(stored, file):
    file.write_bytes(text({}, {"number": "C2"}, {"number": "C3"}, {"number": "C2"}).encode())
    ended = run(file)
    assert ended.status == 1
    said = "取り込めない行（同じ利用者番号がファイルに2回以上あります）"
    lines = [line for line in ended.output.splitlines() if said in line]
    assert lines == [f"3 行目: {said}", f"5 行目: {said}"]
    assert Patron.objects.values().get() == stored


def test_what_is_found_in_every_row_does_not_fill_the_memory(db):
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    with transaction.atomic():
        rows = "(SELECT n AS line, 'C' || n AS number FROM generate_series(1, 1000000) n) AS many"
        before = resident()
        found = findings(rows, "number_twice")
        assert next(found) == Finding(line=1, number="C1", code="number_twice")
        # All of them are more than 50 MB.
        assert resident() - before < 10 * MEGABYTE
        assert sum(1 for _ in found) == 999_999
        assert resident() - before < 10 * MEGABYTE
