"""Many at once, and killed in the middle: one queue, one loan, nothing lost and nothing doubled."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from branches.models import Branch
from catalog.models import Item, ItemState
from circulation.enums import HoldState, Refusal
from circulation.local.holding import cancel_hold, expire_holds, place_hold
from circulation.local.lending import lend, renew, take_back
from circulation.local.locks import lock_shelf
from circulation.models import DayCount, Hold, Loan
from circulation.port import Refused
from patrons.retention import erase_patron
from tests.catalog.shelves import a_record, an_item
from tests.patrons import processes
from tests.patrons.people import imported_patron
from tests.patrons.test_import_processes import others_at_work
from tests.patrons.threads import together, until_somebody_waits
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 200


def tried(work, **given):
    """Return a task that ends in what the work returns, or why it is refused."""

    def task() -> object:
        try:
            return work(**given)
        except Refused as refused:
            return refused.refusal

    return task


def test_two_hundred_holds_on_the_last_copy_are_one_queue(lent, record, item, main):
    patrons = [imported_patron(name=f"別府 {number}") for number in range(MANY)]
    ask = {"record": record, "pickup": main}
    tasks = [tried(place_hold, patron=one, **ask) for one in patrons]
    # Some press twice.
    again = [tried(place_hold, patron=one, **ask) for one in patrons[:20]]
    outcomes = together([*tasks, *again])
    assert outcomes.count(Refusal.HELD_ALREADY) == len(again)
    queue = list(Hold.objects.queue(record.pk, timezone.localdate()))
    assert len(queue) == len({one.patron_id for one in queue}) == MANY
    assert DayCount.objects.get().holds == MANY
    # Scanned at many desks at once it is kept for the first alone.
    scanned = together([tried(take_back, item_number=item.number, branch=main)] * 10)
    assert {each.hold.pk for each in scanned} == {queue[0].pk}
    assert [each.was_lent for each in scanned].count(True) == 1
    ready = Hold.objects.get(state=HoldState.READY)
    assert (ready, ready.item_number) == (queue[0], item.number)
    # And the others move up in their order.
    lend(patron=ready.patron, item_number=item.number, branch=main)
    assert take_back(item_number=item.number, branch=main).hold == queue[1]


def test_an_item_that_two_desks_lend_at_once_is_lent_to_one(record, main):
    item = an_item(record)
    patrons = [imported_patron(name=f"別府 {number}") for number in range(20)]
    give = {"item_number": item.number, "branch": main}
    outcomes = together([tried(lend, patron=one, **give) for one in patrons])
    assert outcomes.count(Refusal.LENT_ALREADY) == len(patrons) - 1
    assert Loan.objects.get() in outcomes


def test_nobody_waits_for_each_other_in_vain(main):
    """A desk's day in a few seconds, in any order: no deadlock, no item in two hands."""
    drawn = Random(15)
    branches = [main, Branch.objects.exclude(pk=main.pk)[0]]
    items = [an_item(record) for record in (a_record("一"), a_record("二")) for _ in range(2)]
    patrons = [imported_patron(name=f"別府 {number}") for number in range(8)]

    def step():
        patron, item, branch = (drawn.choice(each) for each in (patrons, items, branches))
        at_branch = {"item_number": item.number, "branch": branch}

        def renewed() -> None:
            for loan in Loan.objects.of(patron):
                renew(patron=patron, loan_id=loan.pk, today=timezone.localdate())

        def cancelled() -> None:
            for hold in Hold.objects.of(patron):
                cancel_hold(patron=patron, hold_id=hold.pk)

        def held() -> object:
            return place_hold(patron=patron, record=item.record, pickup=branch)

        works = (
            *[(lend, {"patron": patron, **at_branch}), (take_back, at_branch), (held, {})] * 4,
            *[(renewed, {}), (cancelled, {}), (expire_holds, {})],
            *[(erase_patron, {"patron_id": patron.pk})] * (patron in patrons[:2]),
        )
        work, given = drawn.choice(works)
        return tried(work, **given)

    # Whatever is no refusal is raised here.
    together([step() for _ in range(200)])
    lent = set(Loan.objects.values_list("item_number", flat=True))
    kept = Hold.objects.filter(state__in=(HoldState.SECURED, HoldState.READY))
    kept_numbers = set(kept.values_list("item_number", flat=True))
    assert not lent & kept_numbers
    for item in Item.objects.all():
        expected = {ItemState.ON_LOAN} if item.number in lent else {*ItemState} - {"on_loan"}
        assert item.state in expected
        assert item.is_in_use is (item.state != ItemState.ON_SHELF)
    twice = Hold.objects.open().values("patron", "record").annotate(count=Count("pk"))
    assert not twice.filter(count__gt=1).exists()


def test_an_item_that_an_import_moves_meanwhile_is_taken_back_or_nothing_is_done(lent, item, main):
    tried_back = tried(take_back, item_number=item.number, branch=main)
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Item.objects.update(record=a_record("二"))
            answer = thread.submit(together, [tried_back])
            until_somebody_waits()
        assert answer.result() == [Refusal.MEANWHILE]
    assert Loan.objects.exists()
    assert tried_back().was_lent
    item.refresh_from_db()
    assert item.state == ItemState.ON_SHELF


LEND = "lend(patron=Patron.objects.first(), item_number='{item}', branch=Branch.objects.first())"
TAKE_BACK = "take_back(item_number='{item}', branch=Branch.objects.first())"
SCRIPT = """
from branches.models import Branch
from circulation.local.lending import lend, take_back
from patrons.models import Patron
{work}
"""


@contextmanager
def at_work(tmp_path, work: str, block):
    """Give a process that is in the middle of its work and waits."""
    with transaction.atomic():
        block()
        process = processes.start(
            "shell", "-c", SCRIPT.format(work=work), log=tmp_path / "log", environment={}
        )
        try:
            until_somebody_waits()
            yield process
        finally:
            process.kill()
            process.wait()
            # What stood in its way was nobody's.
            transaction.set_rollback(True)


def everything() -> list:
    tables = (Loan, Hold, DayCount, Item)
    return [row for table in tables for row in table.objects.order_by("pk").values()]


@pytest.mark.parametrize("step", ["lend", "take back", "pass on"])
def test_killed_in_the_middle_it_has_done_nothing_and_can_be_done_again(
    tmp_path, patron, other, record, item, main, step
):
    """Each process has written all but its last row by then."""
    today = timezone.localdate()
    if step == "lend":
        Hold.objects.create(patron=patron, record=record, pickup=main)
        work = LEND.format(item=item.number)
    else:
        work = TAKE_BACK.format(item=item.number)
        if step == "take back":
            lend(patron=patron, item_number=item.number, branch=main)
        place_hold(patron=other, record=record, pickup=main)
    before = everything()

    def block() -> None:
        if step == "lend":
            DayCount.objects.create(record=record, day=today, loans=1)
        else:
            lock_shelf(main.pk)

    with at_work(tmp_path, work, block) as process:
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=30) == -signal.SIGKILL
    eventually(lambda: not others_at_work())
    assert everything() == before
    if step == "lend":
        lend(patron=patron, item_number=item.number, branch=main)
        assert (Loan.objects.count(), Hold.objects.count()) == (1, 0)
    else:
        assert take_back(item_number=item.number, branch=main).hold.patron == other
        assert (Loan.objects.count(), Hold.objects.get().state) == (0, HoldState.READY)
