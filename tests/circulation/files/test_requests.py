"""What is asked of the library system: a row, a line of a file, and what settles it."""

import csv
import stat
from datetime import date, timedelta

import pytest
from django.utils import timezone

from circulation.enums import Refusal
from circulation.files.exchange import exchange
from circulation.files.models import LibraryRequest
from circulation.files.requests_file import write_requests
from circulation.models import Hold, Loan
from circulation.port import Capability, Outcome, Refused, Status, Unavailable, library_system
from tests.circulation.files.snapshots import Vendor, branch, in_a_test, patron_with_login, work

DUE, LATER = "2026-03-24", "2026-04-07"


@pytest.fixture
def patron(vendor: Vendor):
    """Return who has one loan and one hold that waits, as the first snapshot says."""
    patron = patron_with_login()
    branch()
    told(vendor, patron)
    return patron


def told(
    vendor: Vendor, patron, *, due=DUE, holds=(("H1", "順番待ち"),), answers=(), state="利用可"
):
    vendor.write(
        patrons=[(patron.number, state)],
        loans=[(patron.number, "1001", "", "題名", "2026-03-10", due, 0, "")] if due else [],
        holds=[
            (number, patron.number, *work, "main", state, 1, "", "", "")
            for number, state, *work in [(*h, "", "題名")[:4] for h in holds]
        ],
        answers=answers,
    )
    vendor.take()


def written(vendor: Vendor) -> list[dict[str, str]]:
    write_requests(folder=vendor.out, now=timezone.now())
    with (vendor.out / "requests.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def the_loan(patron):
    (loan,) = library_system().items(patron=patron).loans
    return loan


def renew(patron):
    return library_system().renew(patron=patron, loans=[Loan.objects.get().pk])


def test_a_renewal_is_asked_for_written_and_seen_in_the_next_snapshot(vendor: Vendor, patron):
    pk = Loan.objects.get().pk
    assert renew(patron) == {pk: Outcome.ASKED}
    asked = LibraryRequest.objects.get()
    assert the_loan(patron).asked == Capability.RENEW
    assert the_loan(patron).due == date(2026, 3, 24)
    assert renew(patron) == {pk: Refusal.ASKED_ALREADY}
    (line,) = written(vendor)
    assert line == {
        "id": str(asked.key),
        "act": "renew",
        "patron": patron.number,
        "item_number": "1001",
        "asked_at": asked.asked_at.isoformat(timespec="seconds"),
    } | dict.fromkeys(("hold_number", "control_number", "pickup", "until"), "")
    assert stat.S_IMODE((vendor.out / "requests.csv").stat().st_mode) == 0o600
    told(vendor, patron)
    assert the_loan(patron).asked
    told(vendor, patron, due=LATER)
    assert (the_loan(patron).asked, the_loan(patron).due) == (None, date(2026, 4, 7))
    asked.refresh_from_db()
    assert asked.outcome == "done"
    assert written(vendor) == []


def test_an_answer_says_why_not_until_the_due_date_is_another(vendor: Vendor, patron):
    renew(patron)
    key = LibraryRequest.objects.get().key
    told(vendor, patron, answers=[(key, "不可", "waited_for")])
    assert (the_loan(patron).refusal, the_loan(patron).asked) == (Refusal.WAITED_FOR, None)
    told(vendor, patron, due=LATER, answers=[(key, "不可", "waited_for")])
    assert the_loan(patron).refusal is None


def test_a_line_that_was_lost_is_written_again_with_the_same_id(vendor: Vendor, patron):
    renew(patron)
    (line,) = written(vendor)
    first = LibraryRequest.objects.get().written_at
    (vendor.out / "requests.csv").unlink()
    assert written(vendor) == [line]
    assert LibraryRequest.objects.get().written_at == first


def test_a_loan_that_came_back_needs_no_answer(vendor: Vendor, patron):
    renew(patron)
    told(vendor, patron, due="")
    assert LibraryRequest.objects.get().outcome == "gone"


def test_a_hold_is_shown_as_asked_for_until_there_is_one(vendor: Vendor, patron):
    record, main = work("S1", "三四郎"), branch()
    system = library_system()
    assert system.request(patron=patron, record=record, pickup=main) == Outcome.ASKED
    with pytest.raises(Refused) as again:
        system.request(patron=patron, record=record, pickup=main)
    assert again.value.refusal == Refusal.ASKED_ALREADY
    *_, asked = system.items(patron=patron).holds
    assert (asked.pk, asked.title, asked.status, asked.can_cancel) == (0, "三四郎", 1, False)
    assert system.counts(patron=patron)[0].holds == 1
    (line,) = written(vendor)
    assert (line["control_number"], line["pickup"]) == ("S1", "main")
    told(vendor, patron, holds=[("H1", "順番待ち"), ("H2", "順番待ち", "S1", "")])
    *_, held = system.items(patron=patron).holds
    assert (held.pk, held.asked) == (Hold.objects.get(number="H2").pk, None)
    with pytest.raises(Refused) as held_already:
        system.request(patron=patron, record=record, pickup=main)
    assert held_already.value.refusal == Refusal.HELD_ALREADY


def test_a_hold_that_expired_is_not_the_one_asked_for_again(vendor: Vendor, patron):
    record = work("S1", "三四郎")
    expired = ("H1", "期限切れ", "S1", "")
    told(vendor, patron, holds=[expired])
    library_system().request(patron=patron, record=record, pickup=branch())
    told(vendor, patron, holds=[expired])
    assert [line["control_number"] for line in written(vendor)] == ["S1"]
    told(vendor, patron, holds=[expired, ("H2", "順番待ち", "S1", "")])
    assert written(vendor) == []


def test_a_hold_that_is_refused_says_why(vendor: Vendor, patron):
    system = library_system()
    system.request(patron=patron, record=work("S1"), pickup=branch())
    key = LibraryRequest.objects.get().key
    told(vendor, patron, answers=[(key, "refused", "too_many_holds")])
    *_, refused = system.items(patron=patron).holds
    assert (refused.status, refused.refusal) == (Status.REJECTED, Refusal.TOO_MANY_HOLDS)
    system.request(patron=patron, record=refused.record, pickup=branch())
    *_, asked = system.items(patron=patron).holds
    assert (asked.asked, asked.refusal, len(system.items(patron=patron).holds)) == (
        "request",
        None,
        2,
    )
    told(vendor, patron, holds=[("H1", "順番待ち"), ("H2", "順番待ち", "S1", "")])
    assert [hold.refusal for hold in system.items(patron=patron).holds] == [None, None]


def test_what_is_asked_about_a_hold_is_seen_to_be_done(vendor: Vendor, patron):
    system, other = library_system(), branch("other")
    hold, today = Hold.objects.get().pk, timezone.localdate()
    system.change_pickup(patron=patron, hold=hold, pickup=other)
    system.suspend(patron=patron, hold=hold, until=today + timedelta(days=9))
    system.cancel(patron=patron, hold=hold)
    acts = {line["act"]: line for line in written(vendor)}
    assert acts.keys() == {"change_pickup", "suspend", "cancel"}
    assert acts["change_pickup"]["pickup"] == "other"
    assert acts["suspend"]["until"] == (today + timedelta(days=9)).isoformat()
    told(vendor, patron, holds=())
    outcomes = dict(LibraryRequest.objects.values_list("act", "outcome"))
    assert outcomes == {"change_pickup": "gone", "suspend": "gone", "cancel": "done"}


def test_what_cannot_be_asked_for(vendor: Vendor, patron, settings):
    system, stranger = library_system(), patron_with_login(name="由布 花", birth_date="19700101")
    hold, loan = Hold.objects.get().pk, Loan.objects.get().pk
    told(vendor, stranger)
    told(vendor, patron)
    hold, loan = Hold.objects.get().pk, Loan.objects.get().pk
    # Nothing is known of the stranger now, and nothing of the loan is hers.
    assert system.renew(patron=stranger, loans=[loan]) == {loan: Refusal.NOT_OFFERED}
    told(vendor, patron, holds=[("H1", "確保")])
    with pytest.raises(Refused) as on_its_way:
        system.change_pickup(patron=patron, hold=hold, pickup=branch())
    assert on_its_way.value.refusal == Refusal.ON_ITS_WAY
    settings.LIBRARY_SYSTEM_ACCEPTS = ["renew"]
    with pytest.raises(Refused) as not_offered:
        system.cancel(patron=patron, hold=hold)
    assert not_offered.value.refusal == Refusal.NOT_OFFERED
    told(vendor, patron, state="利用停止")
    assert system.renew(patron=patron, loans=[loan]) == {loan: Refusal.WITHDRAWN}


def test_no_page_needs_the_folder(vendor: Vendor, patron, settings):
    settings.LIBRARY_SYSTEM_FOLDER = "/nowhere/at/all"
    assert renew(patron)
    assert the_loan(patron).asked


def test_the_process_does_both(vendor: Vendor, patron):
    renew(patron)
    vendor.write(patrons=[(patron.number, "利用可")])
    in_a_test(exchange, folder=vendor.folder)
    assert not Loan.objects.exists()
    assert vendor.left() == []
    assert (vendor.out / "requests.csv").exists()


def test_who_was_unknown_is_not_told_of_nothing(vendor: Vendor, patron):
    told(vendor, patron_with_login(name="由布 花", birth_date="19700101"))
    with pytest.raises(Unavailable):
        library_system().counts(patron=patron)
