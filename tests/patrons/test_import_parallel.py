"""An import beside the requests of an open service: nobody is lost, nobody waits for ever."""

import time
from collections.abc import Callable
from threading import Event

import pytest
from django.db import connection, transaction

from patrons.models import Patron
from patrons.services import DuplicateSuspected, change_contact, lock_birth_date, register_patron
from patrons.transfer import importing, merging
from tests.patrons.library_files import ONLINE, counts, people
from tests.patrons.people import applicant, imported_patron, residency
from tests.patrons.threads import together, until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 30
MANY = 200


class Steps:
    """Notes the steps of an import, and does something at one of them."""

    def __init__(self, at: str = "", work: Callable[[], object] = lambda: None) -> None:
        self.seen: list[str] = []
        self._at, self._work = at, work

    def __call__(self, step: str, share: float) -> None:
        if step not in self.seen:
            self.seen.append(step)
            if step == self._at:
                self._work()


def indexes() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'patrons_patron'"
            " ORDER BY indexname"
        )
        return cursor.fetchall()


@pytest.fixture
def fills(monkeypatch) -> None:
    """Let `MANY` rows be as many as those for which indexes are built anew."""
    monkeypatch.setattr(merging, "MIN_ROWS_TO_REBUILD", MANY)


def register() -> Patron | DuplicateSuspected:
    try:
        return register_patron(applicant=applicant(), residency=residency())
    except DuplicateSuspected as refused:
        return refused


def test_an_import_waits_for_a_registration_and_sees_it(take_over):
    registered = Event()

    def first() -> Patron:
        with transaction.atomic():
            patron = register()
            registered.set()
            until_somebody_waits()
        return patron

    def second():
        assert registered.wait(SECONDS)
        return take_over(ONLINE)

    patron, imported = together([first, second])
    assert counts(imported) == {"inserted": 1, "namesake": 1}
    assert set(Patron.objects.values_list("number", "namesake_no")) == {
        (patron.number, 0),
        ("C1", 1),
    }


def test_a_registration_waits_for_an_import_and_sees_it(take_over):
    locked = Event()

    def first():
        def wait() -> None:
            locked.set()
            until_somebody_waits()

        return take_over(ONLINE, progress=Steps("merge", wait))

    def second():
        assert locked.wait(SECONDS)
        return register()

    imported, refused = together([first, second])
    assert counts(imported) == {"inserted": 1}
    assert isinstance(refused, DuplicateSuspected)
    assert Patron.objects.get().number == "C1"


def test_two_imports_at_once_are_one_and_a_look(take_over):
    take_over({}, dry_run=True)
    both = together([take_over.again, take_over.again])
    assert sorted(map(str, map(counts, both))) == ["{'inserted': 1}", "{'unchanged': 1}"]


def test_a_dry_run_waits_for_nobody(take_over):
    locked, looked = Event(), Event()

    def writer() -> None:
        with transaction.atomic():
            lock_birth_date(birth_date="19920402")
            locked.set()
            assert looked.wait(SECONDS)

    def look():
        assert locked.wait(SECONDS)
        try:
            return take_over({}, dry_run=True)
        finally:
            looked.set()

    _, imported = together([writer, look])
    assert counts(imported) == {"inserted": 1}


def test_who_changes_at_this_moment_is_kept(take_over):
    take_over({}, {"number": "C2", "name": "大分　一"})
    changed = Event()

    def writer() -> None:
        with transaction.atomic():
            change_contact(
                patron=Patron.objects.get(number="C1"),
                phone="0977000009",
                email="b@c.jp",
                contact_method="none",
            )
            changed.set()
            until_somebody_waits()

    def reader():
        assert changed.wait(SECONDS)
        return take_over({"phone": ""}, {"number": "C2", "name": "大分　一", "phone": ""})

    _, imported = together([writer, reader])
    assert counts(imported) == {"updated": 1, "kept": 1}
    assert take_over.told == [("kept", "C1", "not_exported")]
    phones = Patron.objects.order_by("number").values_list("phone", "export_pending")
    assert list(phones) == [("0977000009", True), ("", False)]


def test_a_first_import_builds_the_indexes_when_the_rows_are_there(take_over, fills):
    before = indexes()
    steps = Steps()
    take_over(*people(MANY), progress=steps)
    assert steps.seen == ["read", "compare", "merge", "index", "commit"]
    assert indexes() == before
    assert Patron.objects.matching("M000007").get().name == "別府　7"
    again = Steps()
    assert counts(take_over.again(progress=again)) == {"unchanged": MANY}
    assert "index" not in again.seen


def test_a_first_import_and_a_request_that_has_read_the_table_do_not_wait_for_each_other(
    take_over, fills
):
    # As when a card is linked: the patron is read, then the birth date is locked.
    stored = imported_patron(number="Z", name="大分　一")
    has_read, at_merge = Event(), Event()
    steps = Steps("merge", at_merge.set)

    def request() -> None:
        with transaction.atomic():
            birth_date = Patron.objects.values_list("birth_date", flat=True).get(pk=stored.pk)
            has_read.set()
            assert at_merge.wait(SECONDS)
            lock_birth_date(birth_date=birth_date)

    def first_import():
        assert has_read.wait(SECONDS)
        return take_over(*people(MANY), progress=steps)

    _, imported = together([request, first_import])
    assert counts(imported) == {"inserted": MANY}
    assert "index" not in steps.seen


def test_a_first_import_waits_a_little_for_readers(take_over, fills, monkeypatch):
    # On a busy machine, what takes the reader a moment takes seconds.
    monkeypatch.setattr(importing, "LOCK_TRIES", 10 * SECONDS)
    has_read, comparing = Event(), Event()
    steps = Steps("compare", comparing.set)

    def request() -> None:
        with transaction.atomic():
            assert not Patron.objects.exists()
            has_read.set()
            assert comparing.wait(SECONDS)
            # Long enough for a first try.
            time.sleep(0.3)

    def first_import():
        assert has_read.wait(SECONDS)
        return take_over(*people(MANY), progress=steps)

    together([request, first_import])
    assert "index" in steps.seen
