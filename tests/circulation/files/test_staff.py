"""What staff see of a library system by files, and what they record where it does not answer."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from circulation.enums import Refusal
from circulation.files import retention, system
from circulation.files.models import LibraryRequest, Snapshot
from circulation.models import Loan
from circulation.port import library_system
from staff.waiting import what_waits
from tests.circulation.files.snapshots import Vendor, patron_with_login
from tests.staff.pages import address_of, staff_with

LIST = "/admin/circulation/libraryrequest/"


@pytest.fixture
def asked(vendor: Vendor) -> LibraryRequest:
    """Return a renewal that was asked for two days ago, of a loan with a title."""
    patron = patron_with_login()
    line = (patron.number, "1001", "", "吾輩は猫である", "2026-03-10", "2026-03-24", 0, "")
    vendor.write(patrons=[(patron.number, "利用停止"), ("77", "利用可")], loans=[line])
    vendor.take()
    return LibraryRequest.objects.create(
        patron=patron,
        act="renew",
        item_number="1001",
        due_before=Loan.objects.get().due,
        asked_at=timezone.now() - timedelta(days=2),
    )


@pytest.fixture
def clerk(db) -> Client:
    return staff_with("circulation.settle_libraryrequest")


def lines() -> dict[str, tuple[int, str, str]]:
    user = User.objects.get(username="viewer")
    return {line.label: (line.count, line.presses, line.detail) for line in what_waits(user)}


def test_the_first_page_says_what_was_refused_and_what_is_old(
    vendor: Vendor, clerk, settings, monkeypatch
):
    label = "貸出システムの取り込めないデータ"
    assert lines()[label] == (
        0,
        "期限切れあり",
        "貸出システムからのデータは、まだ取り込んでいません。",
    )
    vendor.write()
    vendor.take()
    assert lines()[label] == (0, "", "")
    vendor.write(told={"format": 9})
    vendor.take()
    assert lines()[label][:2] == (1, "")
    page = clerk.get("/admin/circulation/snapshot/?state=refused").content.decode()
    assert "マニフェストの format が 1 ではありません" in page
    monkeypatch.setattr(system, "MAX_AGE", timedelta(minutes=30))
    assert "利用者には、貸出状況を表示していません" in lines()[label][2]
    settings.LIBRARY_SYSTEM = "local"
    assert label not in lines()


def test_a_wrong_line_is_told_by_its_number(vendor: Vendor, clerk):
    wrong = ("7", "1", "", "題名", "きょう", "2026-03-24", 0, "")
    right = [("7", f"x{number}", *wrong[2:4], "2026-03-10", *wrong[5:]) for number in range(3)]
    vendor.write(loans=[*right, wrong])
    vendor.take()
    page = clerk.get(address_of(Snapshot.objects.get())).content.decode()
    assert "貸出 5行目: 日付が読めないか、ありません" in page


def test_who_did_not_get_an_answer_is_shown_and_settled(asked: LibraryRequest, clerk):
    assert lines()["貸出システムから返事がない申し込み"][0] == 1
    page = clerk.get(f"{address_of(asked)}").content.decode()
    assert asked.patron.number in page
    assert "資料番号 1001" in page
    assert "吾輩は猫である" not in page
    sent = {"choice": "refused", "note": "次の予約があるため", "final": "1", "mark": ""}
    assert clerk.post(address_of(asked), sent).status_code == 302
    asked.refresh_from_db()
    assert (asked.outcome, asked.staff.username) == ("refused", "viewer")
    (loan,) = library_system().items(patron=asked.patron).loans
    assert loan.refusal == Refusal.NOT_OFFERED
    page = clerk.get(f"{LIST}?situation=all").content.decode()
    assert asked.patron.number not in page
    assert "1001" not in page
    again = clerk.post(address_of(asked), sent)
    assert again.status_code == 409


def test_whose_it_is_is_not_shown_while_an_answer_may_come(asked: LibraryRequest, clerk):
    LibraryRequest.objects.update(asked_at=timezone.now())
    page = clerk.get(address_of(asked)).content.decode()
    assert asked.patron.number not in page
    assert "1001" not in page


def test_the_patrons_page_says_what_the_library_system_says(asked: LibraryRequest, clerk, settings):
    page = clerk.get(address_of(asked.patron)).content.decode()
    assert "利用停止中" in page
    assert "現在）" in page
    settings.LIBRARY_SYSTEM = "local"
    assert "利用停止中" not in clerk.get(address_of(asked.patron)).content.decode()


def test_what_is_settled_and_old_goes_and_the_last_snapshot_stays(asked: LibraryRequest):
    long_ago = timezone.now() - timedelta(days=91)
    Snapshot.objects.update(seen_at=long_ago)
    Snapshot.objects.create(name="a", digest="a", state="refused", seen_at=long_ago)
    assert retention.delete_old() == {"library_requests": 0, "snapshots": 1}
    assert Snapshot.objects.last_loaded()
    LibraryRequest.objects.update(settled_at=long_ago, outcome="done")
    assert retention.delete_old() == {"library_requests": 1, "snapshots": 0}
