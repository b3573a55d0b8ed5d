"""What a snapshot brings, whole or not at all, and what it leaves as it is."""

import json
import os
import stat
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import Item
from circulation.enums import Standing
from circulation.files import system
from circulation.files.models import PatronStanding, Snapshot
from circulation.models import HistoryChoice, Hold, Loan, ReadingHistory
from circulation.port import Counts, Unavailable, library_system
from tests.catalog import marc_files
from tests.circulation.files.snapshots import Vendor, branch, patron_with_login, work
from tests.patrons.people import imported_patron

DUE = "2026-03-24"


def loan(patron: str, item: str, due: str = DUE, renewals: int = 0, lent: str = "2026-03-10 9:00"):
    return (patron, item, "", f"題名 {item}", lent, due, renewals, "")


def hold(number: str, patron: str, state: str = "順番待ち", *, item: str = "", shelf: object = ""):
    keep = "2026-03-30" if state == "利用可能" else ""
    return (number, patron, "", "題名", "main", state, 1, keep, shelf, item)


def test_it_brings_what_is_lent_to_who_has_a_login_and_nothing_of_others(vendor: Vendor):
    record = work("S1", "坊っちゃん", "1001")
    patron, stranger = patron_with_login(), imported_patron(name="由布 次郎", birth_date="19700101")
    branch()
    vendor.write(
        patrons=[(patron.number, "利用可"), (stranger.number, "利用停止"), ("999", "退会")],
        loans=[
            (patron.number, "1001", "", "", "2026-03-10 9:00", "2026/03/24", 1, "waited_for"),
            loan(stranger.number, "1002"),
        ],
        holds=[hold("H1", patron.number, "利用可能", item="1003", shelf=17)],
    )
    assert vendor.take()
    stored = Loan.objects.get()
    assert (stored.patron, stored.record, stored.title) == (patron, record, "")
    assert (stored.due, stored.renewals, stored.refusal) == (date(2026, 3, 24), 1, "waited_for")
    assert timezone.localtime(stored.lent_at).isoformat() == "2026-03-10T09:00:00+09:00"
    held = Hold.objects.get()
    assert (held.number, held.state, held.shelf_number, held.title) == ("H1", "ready", 17, "題名")
    assert PatronStanding.objects.get().patron == patron
    account = library_system().items(patron=patron)
    assert account.as_of == vendor.as_of(1)
    assert account.standing == Standing.ACTIVE
    assert library_system().counts(patron=patron)[0] == Counts(loans=1, overdue=1, holds=1, ready=1)
    patron.refresh_from_db()
    assert patron.reflected_at == vendor.as_of(1)
    assert vendor.left() == []


def test_rows_that_stay_keep_their_marks_and_others_go(vendor: Vendor):
    patron = patron_with_login()
    branch()
    rows = [loan(patron.number, str(number)) for number in range(3)]
    both = [hold("H1", patron.number, "利用可能", item="A", shelf=1)]
    both.append(hold("H2", patron.number, "利用可能", item="B", shelf=2))
    vendor.write(patrons=[(patron.number, "利用可")], loans=rows, holds=both)
    vendor.take()
    Loan.objects.update(due_told=date(2026, 3, 24))
    Hold.objects.update(state_told="ready")
    before = {row.item_number: row.pk for row in Loan.objects.all()}
    # One is renewed, one came back and was lent anew, one came back; two holds change places.
    rows = [
        loan(patron.number, "0", "2026-04-07", 1, "2026-03-20"),
        loan(patron.number, "1", lent="2026-03-21"),
    ]
    both = [hold("H1", patron.number, "利用可能", item="B", shelf=2)]
    both.append(hold("H2", patron.number, "利用可能", item="A", shelf=1))
    vendor.write(patrons=[(patron.number, "active")], loans=rows, holds=both)
    taken = vendor.take()
    renewed, anew = Loan.objects.order_by("item_number")
    assert (renewed.pk, renewed.due, renewed.due_told) == (
        before["0"],
        date(2026, 4, 7),
        date(2026, 3, 24),
    )
    assert anew.pk != before["1"]
    assert anew.due_told is None
    assert [(h.number, h.item_number, h.state_told) for h in Hold.objects.order_by("number")] == [
        ("H1", "B", "ready"),
        ("H2", "A", "ready"),
    ]
    counts = {name: taken.counts[name] for name in ("loans_gone", "loans_changed", "loans_new")}
    assert counts == {"loans_gone": 2, "loans_changed": 1, "loans_new": 1}


def test_what_came_back_is_kept_for_who_asked_for_that_alone(vendor: Vendor):
    reader, other = patron_with_login(), patron_with_login(name="由布 花", birth_date="19700101")
    HistoryChoice.objects.create(patron=reader)
    patrons = [(reader.number, "利用可"), (other.number, "利用可")]
    vendor.write(patrons=patrons, loans=[loan(reader.number, "1"), loan(other.number, "2")])
    vendor.take()
    vendor.write(patrons=patrons)
    vendor.take()
    assert not Loan.objects.exists()
    read = ReadingHistory.objects.get()
    today = timezone.localdate(vendor.as_of(2))
    assert (read.patron, read.title, read.returned_on) == (reader, "題名 1", today)
    assert read.lent_on == date(2026, 3, 10)


def test_items_are_replaced_as_a_whole(vendor: Vendor):
    work("S1", "坊っちゃん", "1001", "1002")
    work("S2", "三四郎", "1003")
    vendor.write(items=[("S1", "1001", "main", "貸出中"), ("S1", "1004", "main", "在架")])
    vendor.take()
    assert dict(Item.objects.values_list("number", "state")) == {
        "1001": "on_loan",
        "1004": "on_shelf",
    }


def test_records_come_as_marc_with_their_items_as_csv(vendor: Vendor):
    branch()
    marc = marc_files.record("S9", title="新しい本").as_marc()
    patron = patron_with_login()
    vendor.write(
        patrons=[(patron.number, "利用可")],
        files={"records": marc},
        of_files={"records": {"rows": 1}},
        items=[("S9", "2001", "main", "貸出中")],
        loans=[loan(patron.number, "2001")],
    )
    vendor.take()
    assert Loan.objects.get().record.title == "新しい本"


@pytest.mark.parametrize("codec", ["utf-8", "cp932"])
def test_both_encodings_and_headers_in_english(vendor: Vendor, codec):
    patron = patron_with_login()
    headers = "patron,item_number,title,lent_at,due"
    line = f"{headers}\r\n{patron.number},1,髙村光太郎①,20260310,20260324\r\n"
    vendor.write(
        codec=codec,
        patrons=[(patron.number, "利用可")],
        files={"loans": line.encode(codec)},
        of_files={"loans": {"rows": 1}},
    )
    assert vendor.take()
    assert Loan.objects.get().title == "髙村光太郎①"


def before(vendor: Vendor):
    """Have something taken over, and return the patron it is about."""
    patron = patron_with_login()
    vendor.write(patrons=[(patron.number, "利用可")], loans=[loan(patron.number, "1")])
    vendor.take()
    return patron


def cut(path):
    path.write_bytes(path.read_bytes()[:-4])


BROKEN = {
    "manifest": lambda v: cut(v.write()),
    "format": lambda v: v.write(told={"format": 2}),
    "told": lambda v: v.write(told={"sequence": "2"}),
    "not_told": lambda v: v.write(told={"files": {}}),
    "told: encoding": lambda v: v.write(told={"encoding": ["cp932"]}),
    "told: year": lambda v: v.write(told={"as_of": "9999-12-31T23:59:59-09:00"}),
    "zone": lambda v: v.write(told={"as_of": "2026-03-24T09:00:00"}),
    "future": lambda v: v.write(told={"as_of": (timezone.now() + timedelta(hours=1)).isoformat()}),
    "older": lambda v: v.write(told={"as_of": v.as_of(1).isoformat()}),
    "missing": lambda v: v.write() and (v.incoming / "loans-2.csv").unlink(),
    "hash": lambda v: v.write() and cut(v.incoming / "holds-2.csv"),
    "rows": lambda v: v.write(of_files={"loans": {"rows": 7}}),
    "columns": lambda v: v.write(files={"loans": "利用者番号\r\n".encode()}),
    "encoding": lambda v: v.write(
        files={"loans": "利用者番号,資料番号,貸出日時,返却期限\r\n".encode("cp932")}
    ),
    "wrong": lambda v: v.write(loans=[loan("1", "a", "3月24日"), loan("1", "b", "2026-02-30")]),
}


@pytest.mark.parametrize("code", BROKEN)
def test_one_that_cannot_be_used_changes_nothing_and_is_told(vendor: Vendor, code):
    patron = before(vendor)
    BROKEN[code](vendor)
    assert vendor.take() is None
    assert vendor.take() is None
    assert Snapshot.objects.refused_since_loaded().get().reason == code.partition(":")[0]
    account = library_system().items(patron=patron)
    assert (len(account.loans), account.as_of) == (1, vendor.as_of(1))
    vendor.write(patrons=[(patron.number, "利用可")])
    assert vendor.take()
    assert not Loan.objects.exists()
    assert not Snapshot.objects.refused_since_loaded().exists()


@pytest.mark.parametrize("what", ["sequence", "as_of"])
def test_what_is_not_later_is_refused_and_deleted(vendor: Vendor, what):
    before(vendor)
    vendor.write(told={what: {"sequence": 1, "as_of": vendor.as_of(1).isoformat()}[what]})
    assert vendor.take() is None
    assert Snapshot.objects.refused_since_loaded().get().reason == "older"
    assert vendor.left() == []


def test_a_file_that_was_still_being_written_is_taken_when_it_is_whole(vendor: Vendor):
    vendor.write()
    path = vendor.incoming / "loans-1.csv"
    content = path.read_bytes()
    cut(path)
    assert vendor.take() is None
    path.write_bytes(content)
    assert vendor.take()


def test_what_others_can_read_is_taken_from_them(vendor: Vendor):
    manifest = vendor.write(told={"format": 2})
    manifest.chmod(0o644)
    vendor.take()
    assert stat.S_IMODE(manifest.stat().st_mode) == 0o600


def test_what_nobody_takes_over_is_deleted_after_a_day(vendor: Vendor, monkeypatch):
    vendor.write(told={"format": 2})
    vendor.take()
    assert len(vendor.left()) == 4
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 24 * 60 * 60 + 10)
    vendor.take()
    assert vendor.left() == []


def test_what_goes_while_the_folder_is_looked_at_is_nothing_to_tell(vendor: Vendor, monkeypatch):
    vendor.write()
    gone = [vendor.incoming / name for name in ("gone.json", ".loans-2.csv")]
    glob, iterdir = Path.glob, Path.iterdir
    monkeypatch.setattr(Path, "glob", lambda path, pattern: [*glob(path, pattern), gone[0]])
    monkeypatch.setattr(Path, "iterdir", lambda path: iter([gone[1], *iterdir(path)]))
    assert vendor.take()
    assert [snapshot.state for snapshot in Snapshot.objects.all()] == ["loaded"]


def test_what_is_no_file_is_not_waited_for(vendor: Vendor):
    vendor.write()
    path = vendor.incoming / "loans-1.csv"
    path.unlink()
    os.mkfifo(path)
    assert vendor.take() is None
    assert Snapshot.objects.get().reason == "unreadable"


def test_many_loans_go_only_where_that_is_meant(vendor: Vendor):
    patron = patron_with_login()
    patrons = [(patron.number, "利用可")]
    vendor.write(patrons=patrons, loans=[loan(patron.number, str(number)) for number in range(30)])
    vendor.take()
    vendor.write(patrons=patrons)
    assert vendor.take() is None
    assert Snapshot.objects.refused_since_loaded().get().reason == "loses_loans"
    assert Loan.objects.count() == 30
    assert vendor.take(may_lose=True)
    assert not Loan.objects.exists()


def test_of_whom_a_line_is_wrong_nothing_is_known(vendor: Vendor):
    patron = before(vendor)
    HistoryChoice.objects.create(patron=patron)
    lines = [loan(patron.number, "1", "きょう"), *(loan("77", f"x{n}") for n in range(40))]
    vendor.write(patrons=[(patron.number, "利用可")], loans=lines)
    taken = vendor.take()
    assert taken.counts["wrong"] == {"loans": 1}
    assert taken.examples == {"loans": [[2, "date"]]}
    with pytest.raises(Unavailable) as unavailable:
        library_system().items(patron=patron)
    assert unavailable.value.counts is None
    assert not ReadingHistory.objects.exists()


OTHERS = [(f"77{number}", "利用可") for number in range(40)]


def test_of_whose_line_has_a_comma_too_many_nothing_is_known(vendor: Vendor):
    patron = patron_with_login()
    line = f"2026-03-10,1,坂の上, 雲,{patron.number},2026-03-24"
    vendor.write(
        patrons=[(patron.number, "利用可"), *OTHERS],
        files={"loans": f"lent_at,item_number,title,patron,due\n{line}\n".encode()},
        of_files={"loans": {"rows": 1}},
    )
    assert vendor.take().counts["wrong"] == {"loans": 1}
    with pytest.raises(Unavailable):
        library_system().items(patron=patron)


def test_a_patron_number_written_in_two_ways_is_one(vendor: Vendor):
    patron = patron_with_login()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in patron.number)
    vendor.write(patrons=[(patron.number, "利用可"), (wide, "利用停止"), *OTHERS])
    assert vendor.take().examples == {"patrons": [[3, "twice"]]}


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31 23:59", "9999-12-31T23:59:59Z"])
def test_a_year_that_stands_for_none_is_a_wrong_line(vendor: Vendor, moment):
    patron = patron_with_login()
    vendor.write(
        patrons=[(patron.number, "利用可"), *OTHERS],
        loans=[loan(patron.number, "1", lent=moment)],
        holds=[(*hold("1", patron.number)[:7], moment[:10], "", "")],
    )
    taken = vendor.take()
    assert taken.examples == {"loans": [[2, "date"]], "holds": [[2, "date"]]}


def test_a_manifest_with_a_name_in_another_encoding_stops_nothing(vendor: Vendor):
    patron = patron_with_login()
    vendor.write(patrons=[(patron.number, "利用可")]).rename(
        os.fsdecode(os.fsencode(vendor.incoming) + "/データ.json".encode("cp932"))
    )
    assert vendor.take()
    assert vendor.left() == []


def test_what_is_old_is_not_taken_for_true(vendor: Vendor, monkeypatch):
    patron = patron_with_login()
    with pytest.raises(Unavailable) as never:
        library_system().counts(patron=patron)
    assert (never.value.counts, never.value.as_of) == (None, None)
    vendor.write(patrons=[(patron.number, "利用可")], loans=[loan(patron.number, "1")])
    vendor.take()
    monkeypatch.setattr(system, "MAX_AGE", timedelta(minutes=60))
    with pytest.raises(Unavailable) as old:
        library_system().items(patron=patron)
    assert (old.value.counts.loans, old.value.as_of) == (1, vendor.as_of(1))


def test_of_who_logs_in_after_it_nothing_is_known(vendor: Vendor):
    patron = imported_patron()
    vendor.write(patrons=[(patron.number, "利用可")], loans=[loan(patron.number, "1")])
    vendor.take()
    with pytest.raises(Unavailable):
        library_system().items(patron=patron)


def test_nothing_of_a_line_is_logged_or_stored(vendor: Vendor, caplog):
    patron = before(vendor)
    vendor.write(loans=[loan(patron.number, "SECRET-1", "SECRET-2") for _ in range(5)])
    vendor.take()
    stored = json.dumps(
        [[s.reason, s.detail, s.counts, s.examples] for s in Snapshot.objects.all()]
    )
    told = stored + "".join(str(record.__dict__) for record in caplog.records)
    assert "snapshot_refused" in told
    assert "SECRET" not in told
    assert patron.number not in told
