"""Lending, taking back and holding, as the services of the local adapter do them."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from catalog.models import Item, ItemState
from circulation.enums import HoldState, Refusal
from circulation.local.holding import (
    cancel_hold,
    change_pickup,
    expire_holds,
    place_hold,
    suspend_hold,
)
from circulation.local.lending import lend, renew, take_back
from circulation.local.system import LocalSystem
from circulation.models import DayCount, HistoryChoice, Hold, Loan, ReadingHistory, WantedItem
from circulation.port import Capability, Refused
from circulation.retention import delete_ended
from circulation.tasks import expire_holds as expire_at_night
from patrons.models import Patron
from patrons.retention import erase_patron
from tests.catalog.conftest import take_over  # noqa: F401
from tests.catalog.marc_files import iso, with_items
from tests.catalog.shelves import a_record, an_item
from tests.patrons.people import imported_patron
from tests.patrons.threads import together

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-03-10T10:00+09:00")
LATER = NOW + timedelta(days=30)


def refusal_of(work, **given) -> Refusal:
    with pytest.raises(Refused) as refused:
        work(**given)
    return refused.value.refusal


def state_of(item: Item) -> str:
    item.refresh_from_db()
    return item.state


def test_an_item_is_lent_and_comes_back_without_a_trace_of_who_had_it(patron, item, main):
    loan = lend(patron=patron, item_number=item.number, branch=main, now=NOW)
    assert (loan.due.isoformat(), loan.renewals) == ("2026-03-24", 0)
    assert state_of(item) == ItemState.ON_LOAN
    done = take_back(item_number=item.number, branch=main, now=NOW)
    assert (done.was_lent, done.was_overdue, done.hold, done.goes_to) == (True, False, None, None)
    assert state_of(item) == ItemState.ON_SHELF
    assert not Loan.objects.exists()
    assert not ReadingHistory.objects.exists()
    # Counted, for nobody.
    assert DayCount.objects.values_list("loans", "holds").get() == (1, 0)


def test_what_was_read_is_kept_for_who_asked_for_that_alone(patron, other, item, main):
    HistoryChoice.objects.create(patron=other)
    for one in (patron, other):
        lend(patron=one, item_number=item.number, branch=main, now=NOW)
        take_back(item_number=item.number, branch=main, now=LATER)
    kept = ReadingHistory.objects.get()
    assert (kept.patron, kept.record) == (other, item.record)
    assert kept.lent_on.isoformat() == "2026-03-10"


def test_a_loan_is_renewed_once_from_the_day_that_is_asked(patron, item, main):
    loan = lend(patron=patron, item_number=item.number, branch=main, now=NOW)
    day = timezone.localdate(NOW) + timedelta(days=10)
    assert renew(patron=patron, loan_id=loan.pk, today=day).isoformat() == "2026-04-03"
    ask = {"patron": patron, "loan_id": loan.pk, "today": day}
    assert refusal_of(renew, **ask) == Refusal.RENEWED_ALREADY


def test_nobody_renews_or_cancels_what_is_another_s(lent, other, patron, hold):
    held = hold(other)
    today = timezone.localdate()
    assert refusal_of(renew, patron=other, loan_id=lent.pk, today=today) == Refusal.NOT_LENT
    assert refusal_of(cancel_hold, patron=patron, hold_id=held.pk) == Refusal.HOLD_GONE


def test_a_hold_goes_from_the_queue_to_the_shelf_and_to_its_patron(lent, other, hold, item, main):
    held = hold(other)
    done = take_back(item_number=item.number, branch=main)
    held.refresh_from_db()
    assert (done.hold, done.goes_to, held.state) == (held, None, HoldState.READY)
    assert (held.item_number, held.shelf_number) == (item.number, 1)
    assert held.keep_until >= timezone.localdate() + timedelta(days=7)
    assert state_of(item) == ItemState.HELD
    lend(patron=other, item_number=item.number, branch=main)
    assert not Hold.objects.exists()
    assert Loan.objects.get().patron == other


def test_an_import_that_moves_an_item_leaves_it_to_whom_it_is_kept_for(
    lent, other, hold, item, main
):
    hold(other)
    take_back(item_number=item.number, branch=main)
    Item.objects.update(record=a_record("吾輩は猫である 新版"))
    lend(patron=other, item_number=item.number, branch=main)
    assert not Hold.objects.exists()


def test_an_item_travels_to_where_it_is_fetched(lent, other, hold, item, main, annex):
    held = hold(other, annex)
    done = take_back(item_number=item.number, branch=main)
    held.refresh_from_db()
    assert (done.goes_to, held.state, held.shelf_number) == (annex, HoldState.SECURED, None)
    assert state_of(item) == ItemState.IN_TRANSIT
    assert refusal_of(change_pickup, patron=other, hold_id=held.pk, pickup=main) == (
        Refusal.ON_ITS_WAY
    )
    assert take_back(item_number=item.number, branch=annex).hold.state == HoldState.READY


def test_an_item_that_is_found_elsewhere_goes_home(item, main, annex):
    assert take_back(item_number=item.number, branch=annex).goes_to == main
    assert state_of(item) == ItemState.IN_TRANSIT
    assert take_back(item_number=item.number, branch=main).goes_to is None
    assert state_of(item) == ItemState.ON_SHELF


def test_what_is_only_read_here_is_kept_for_nobody(lent, other, hold, record, main):
    hold(other)
    reference = an_item(record, state=ItemState.REFERENCE)
    assert take_back(item_number=reference.number, branch=main).hold is None
    assert state_of(reference) == ItemState.REFERENCE
    ask = {"patron": other, "item_number": reference.number, "branch": main}
    assert refusal_of(lend, **ask) == Refusal.REFERENCE


def test_who_lets_others_go_first_keeps_the_place(lent, other, hold, item, main):
    first = hold(other)
    today = timezone.localdate()
    suspend_hold(patron=other, hold_id=first.pk, until=today + timedelta(days=1), today=today)
    assert take_back(item_number=item.number, branch=main).hold is None
    done = take_back(item_number=item.number, branch=main, now=timezone.now() + timedelta(days=2))
    assert done.hold == first


def test_who_has_withdrawn_is_waited_for_by_nobody(lent, other, patron, hold, item, record, main):
    hold(other)
    third = imported_patron(name="日田 三郎")
    held = hold(third)
    Patron.objects.filter(pk=other.pk).update(withdrawn_at=timezone.now())
    assert LocalSystem().items(patron=third).holds[0].position == 1
    cancel_hold(patron=third, hold_id=held.pk)
    today = timezone.localdate()
    assert LocalSystem().items(patron=patron).loans[0].refusal == Refusal.NO_LATER
    assert refusal_of(renew, patron=patron, loan_id=lent.pk, today=today) == Refusal.NO_LATER
    assert take_back(item_number=item.number, branch=main).hold is None
    assert not WantedItem.objects.wanted(today).exists()
    assert lend(patron=patron, item_number=item.number, branch=main)


def test_a_hold_that_is_not_fetched_ends_and_the_item_goes_on(
    lent, other, patron, hold, item, main
):
    first = hold(other)
    take_back(item_number=item.number, branch=main)
    second = hold(patron)
    assert expire_holds() == 0
    assert expire_holds(now=timezone.now() + timedelta(days=30)) == 1
    assert expire_holds(now=timezone.now() + timedelta(days=30)) == 0
    assert Hold.objects.to_be_cleared().get() == first
    done = take_back(item_number=item.number, branch=main)
    assert (done.was_cleared, done.hold) == (True, second)
    first.refresh_from_db()
    assert (first.state, first.item_number, first.shelf_number) == (HoldState.EXPIRED, "", None)
    # The other one has its number now.
    second.refresh_from_db()
    assert second.shelf_number == 1


def test_a_hold_ends_when_its_item_is_scanned_too_late(lent, other, hold, item, main):
    first = hold(other)
    take_back(item_number=item.number, branch=main)
    late = timezone.now() + timedelta(days=30)
    done = take_back(item_number=item.number, branch=main, now=late)
    assert (done.was_cleared, done.hold) == (True, None)
    first.refresh_from_db()
    assert first.state == HoldState.EXPIRED


def test_what_is_to_be_cleared_may_be_lent(lent, other, patron, hold, item, main):
    hold(other)
    take_back(item_number=item.number, branch=main)
    expire_holds(now=timezone.now() + timedelta(days=30))
    lend(patron=patron, item_number=item.number, branch=main)
    assert not Hold.objects.to_be_cleared().exists()


@pytest.mark.parametrize("end", ["cancelled", "erased"])
def test_a_ready_hold_that_ends_leaves_its_item_to_the_next(
    lent, other, patron, hold, item, main, end
):
    held = hold(other)
    take_back(item_number=item.number, branch=main)
    second = hold(patron)
    if end == "cancelled":
        cancel_hold(patron=other, hold_id=held.pk)
    else:
        assert erase_patron(patron_id=other.pk)
    held.refresh_from_db()
    assert (held.patron, held.state) == (None, HoldState.EXPIRED)
    done = take_back(item_number=item.number, branch=main)
    assert (done.was_cleared, done.hold) == (True, second)
    assert Hold.objects.get() == second


def test_who_takes_another_copy_gives_the_kept_one_back(lent, other, hold, item, record, main):
    hold(other)
    take_back(item_number=item.number, branch=main)
    second = an_item(record)
    lend(patron=other, item_number=second.number, branch=main)
    assert Hold.objects.to_be_cleared().get().patron is None


def test_nobody_takes_what_another_waits_for_unless_there_is_enough(
    lent, other, patron, hold, item, record, main
):
    hold(other)
    second = an_item(record)
    third = an_item(record)
    ask = {"patron": patron, "item_number": second.number, "branch": main}
    lend(**ask)
    assert refusal_of(lend, **ask | {"item_number": third.number}) == Refusal.WAITED_FOR


def test_neither_an_unknown_number_nor_one_of_nobody_is_taken(patron, main):
    ask = {"item_number": "nothing", "branch": main}
    assert refusal_of(take_back, **ask) == Refusal.UNKNOWN_ITEM
    assert refusal_of(lend, patron=patron, **ask) == Refusal.UNKNOWN_ITEM


def test_what_the_catalogue_lost_comes_back_all_the_same(lent, item, main):
    Item.objects.all().delete()
    done = take_back(item_number=item.number, branch=main)
    assert (done.item, done.was_lent) == (None, True)
    assert not Loan.objects.exists()


def test_what_the_catalogue_gave_up_while_it_was_lent_is_held_and_shelved_no_more(
    patron,
    other,
    record,
    main,
    take_over,  # noqa: F811
):
    take_over(iso(with_items("S1", "1")))
    lend(patron=patron, item_number="1", branch=main)
    take_over(iso(with_items("S1", leader="00000dam a2200000 i 4500")))
    given_up = Item.objects.get(number="1").record
    ask = {"patron": other, "record": given_up, "pickup": main}
    assert refusal_of(place_hold, **ask) == Refusal.NO_ITEMS
    done = take_back(item_number="1", branch=main)
    assert (done.item, done.goes_to, done.was_lent) == (None, None, True)
    assert not Item.objects.filter(number="1").exists()


def test_no_import_takes_away_what_is_lent_or_says_where_it_is(patron, record, main, take_over):  # noqa: F811
    take_over(iso(with_items("S1", "1", "2")))
    lend(patron=patron, item_number="1", branch=main)
    take_over(iso(with_items("S1", "2")))
    assert Item.objects.get(number="1").state == ItemState.ON_LOAN
    take_over(iso(with_items("S1", "1", "2")))
    assert Item.objects.get(number="1").state == ItemState.ON_LOAN
    take_back(item_number="1", branch=main)
    take_over(iso(with_items("S1", "2")))
    assert not Item.objects.filter(number="1").exists()


@pytest.mark.django_db(transaction=True)
def test_no_import_takes_away_what_is_lent_while_it_runs(patron, record, main, take_over):  # noqa: F811
    take_over(iso(with_items("S1", "1", "2")))

    def progress(step: str, share: float) -> None:
        if (step, share) == ("merge", 0):
            together([lambda: lend(patron=patron, item_number="1", branch=main)])

    take_over(iso(with_items("S1", "2")), progress=progress)
    assert Item.objects.get(number="1").state == ItemState.ON_LOAN


def test_the_port_tells_the_places_in_the_queue(lent, other, hold, patron):
    held = hold(other)
    account = LocalSystem().items(patron=other)
    assert [(one.pk, one.position) for one in account.holds] == [(held.pk, 1)]
    assert LocalSystem().items(patron=patron).loans[0].refusal == Refusal.WAITED_FOR
    assert LocalSystem().renew(patron=patron, loans=[lent.pk]) == {lent.pk: Refusal.WAITED_FOR}


@pytest.mark.parametrize("lies_there", [True, False])
def test_who_did_not_fetch_it_is_forgotten_after_two_weeks(
    lent, other, hold, item, main, lies_there
):
    hold(other)
    take_back(item_number=item.number, branch=main)
    expire_holds(now=timezone.now() + timedelta(days=30))
    if not lies_there:
        take_back(item_number=item.number, branch=main)
    today = timezone.localdate()
    Hold.objects.update(keep_until=today - timedelta(days=14))
    assert delete_ended() == 0
    Hold.objects.update(keep_until=today - timedelta(days=15))
    assert delete_ended() == 1
    assert delete_ended() == 0
    assert list(Hold.objects.values_list("patron", "item_number")) == (
        [(None, item.number)] if lies_there else []
    )


def test_holds_end_at_night_only_where_this_product_lends(lent, other, hold, item, main, settings):
    hold(other)
    take_back(item_number=item.number, branch=main)
    Hold.objects.update(keep_until=timezone.localdate() - timedelta(days=1))
    capabilities = LocalSystem.capabilities
    try:
        LocalSystem.capabilities = frozenset({Capability.RENEW})
        assert expire_at_night(timestamp=0) == 0
    finally:
        LocalSystem.capabilities = capabilities
    assert expire_at_night(timestamp=0) == 1
