"""What a patron reads of a library system by files, in My Library."""

from datetime import timedelta

from django.test import Client

from circulation.files import system
from circulation.files.models import LibraryRequest
from circulation.models import Loan
from circulation.port import library_system
from tests.circulation.files.snapshots import Vendor, branch, patron_with_login, work
from tests.patrons.people import set_own_password

USAGE = "/mylibrary/usage/"


def test_a_patron_reads_what_is_asked_refused_and_not_known(vendor: Vendor, monkeypatch):
    patron, client = patron_with_login(), Client()
    set_own_password(patron=patron, password="mizuumi-icho-42")
    client.force_login(patron.user, "patrons.backends.PatronBackend")
    assert "貸出状況は、窓口でお尋ねください" in client.get(USAGE).content.decode()
    told = {"patrons": [(patron.number, "利用可")]}
    told["loans"] = [(patron.number, "1", "", "題名", "2026-03-10", "2026-03-24", 0, "")]
    vendor.write(**told)
    vendor.take()
    client.post(f"{USAGE}renew/", {"loan": [Loan.objects.get().pk]})
    page = client.get(USAGE).content.decode()
    assert "延長を申し込みました。まだ決まっていません。返却期限は3月24日（火）のままです。" in page
    library_system().request(patron=patron, record=work("S1", "三四郎"), pickup=branch())
    page = client.get(USAGE).content.decode()
    assert "予約を申し込みました。まだ決まっていません。" in page
    keys = dict(LibraryRequest.objects.values_list("act", "key"))
    told["answers"] = [(keys["request"], "不可", "no_items")]
    vendor.write(**told | {"patrons": [(patron.number, "紛失")]})
    vendor.take()
    page = client.get(USAGE).content.decode()
    assert "予約できません" in page
    assert "貸出できる所蔵がないため" in page
    assert "取り置きの期限が過ぎたため" not in page
    assert "いまのご利用の状態：カードの紛失を届け出済み。" in page
    monkeypatch.setattr(system, "MAX_AGE", timedelta(minutes=1))
    page = client.get(USAGE).content.decode()
    assert "ただいま表示できません" in page
    assert "現在は1冊" in page
    assert "題名" not in page
