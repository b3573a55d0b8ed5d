"""Looking for stored patrons who may be one person."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django import app

from patrons.doubles import services
from patrons.doubles.models import DoubleSearch, PossibleDouble
from patrons.doubles.services import decide_double, mark, search
from patrons.models import Patron
from patrons.retention import erase_patron
from patrons.services import lock_every_birth_date, register_patron
from patrons.tasks import find_doubles
from tests import many
from tests.patrons import library_files
from tests.patrons.people import applicant, imported_patron, residency
from tests.patrons.threads import together

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=1)


@pytest.fixture
def staff(admin_user):
    return admin_user


def look(**options) -> tuple[int, int]:
    """Search, and return how many patrons were looked at and how many new pairs were found."""
    batches = list(search(now=timezone.now() + LATER, **options))
    return sum(one.patrons for one in batches), sum(one.found for one in batches)


def pairs() -> set[tuple[int, int]]:
    return set(PossibleDouble.objects.values_list("first_id", "second_id"))


def changed(patron: Patron, **columns: object) -> None:
    """Change a patron as every service does: with the moment."""
    Patron.objects.filter(pk=patron.pk).update(updated_at=timezone.now(), **columns)


def twice(**changes: object) -> tuple[Patron, Patron]:
    """Return two patrons of one name and birth date, as an import stores them."""
    return imported_patron(**changes), imported_patron(namesake_no=1, **changes)


def test_one_person_with_two_numbers_is_found_and_others_are_not():
    one, other = twice()
    imported_patron(name="臼杵 美里", last_name_kana="ウスキ", first_name_kana="ミサト")
    assert look() == (3, 1)
    double = PossibleDouble.objects.get()
    assert (double.first, double.second) == (one, other)
    assert double.strength == "possible"
    assert {"name", "kana", "birth_date", "phone", "email", "address"} <= set(double.fields)


def test_what_only_hints_is_listed_as_a_hint():
    one = imported_patron()
    other = imported_patron(
        name="別府 華子", phone="0971111111", email="", address="大分県臼杵市大字臼杵1番地"
    )
    look()
    double = PossibleDouble.objects.get()
    assert (double.first, double.second, double.strength) == (one, other, "hint")
    assert "kana" in double.fields


def test_a_counter_card_made_after_an_online_registration_is_found_with_its_day(tmp_path):
    online = register_patron(applicant=applicant(), residency=residency())
    look()
    file = tmp_path / "patrons.csv"
    row = {"name": online.name, "birth_date": online.birth_date}
    file.write_text(library_files.text(row), encoding="utf-8", newline="")
    call_command("import_patrons", str(file), stdout=StringIO(), stderr=StringIO())
    assert look() == (1, 1)
    double = PossibleDouble.objects.get()
    assert double.first == online
    assert double.second.registered_via == "import"
    assert double.look_by == timezone.localdate(online.registered_at + timedelta(days=7))


def test_a_pair_that_nobody_has_just_joined_online_has_no_day():
    twice()
    look()
    assert PossibleDouble.objects.get().look_by is None


def test_only_who_changed_since_is_looked_at_again():
    one, _ = twice()
    assert look() == (2, 1)
    assert look() == (0, 0)
    changed(one, phone="0971111111")
    assert look() == (1, 0)
    assert "phone" not in PossibleDouble.objects.get().fields


def test_patrons_changed_at_one_moment_are_all_looked_at_batch_by_batch():
    moment = timezone.now()
    for number in range(7):
        imported_patron(namesake_no=number, updated_at=moment)
    assert look(batch_size=2) == (7, 21)
    assert look() == (0, 0)


def test_a_search_that_is_interrupted_goes_on_where_it_stopped():
    for number in range(6):
        imported_patron(namesake_no=number)
    batches = search(now=timezone.now() + LATER, batch_size=2)
    assert next(batches).patrons == 2
    batches.close()
    assert look() == (4, 6)
    assert len(pairs()) == 15


def test_whoever_changed_a_moment_ago_is_left_to_the_next_search():
    twice()
    assert list(search()) == []
    assert look() == (2, 1)


def test_who_withdrew_is_compared_with_nobody_and_waits_no_more():
    one, _ = twice()
    look()
    changed(one, withdrawn_at=timezone.now())
    assert not PossibleDouble.objects.waiting().exists()
    look()
    assert pairs() == set()


def test_two_who_are_no_longer_alike_go_from_the_list():
    one, _ = twice()
    look()
    changed(one, birth_date="19751231", kana_key="ベツノカナ", name_key="別の名")
    Patron.objects.filter(pk=one.pk).update(
        name="竹田 次郎", last_name_kana="タケタ", first_name_kana="ジロウ", phone="", email=""
    )
    look()
    assert pairs() == set()


def test_two_whom_staff_told_apart_are_never_listed_again(staff):
    one, _ = twice()
    look()
    double = PossibleDouble.objects.get()
    decide_double(
        double_id=double.pk, staff=staff, verdict="other_person", note="話した", shown=mark(double)
    )
    changed(one, phone="0971111111")
    assert look() == (1, 0)
    services.search_anew()
    assert look() == (2, 0)
    assert not PossibleDouble.objects.waiting().exists()
    assert PossibleDouble.objects.get().verdict == "other_person"


@pytest.mark.parametrize("decide", [False, True])
def test_a_pair_goes_with_the_data_of_one_of_them(staff, decide):
    one, _ = twice()
    look()
    if decide:
        double = PossibleDouble.objects.get()
        verdict, shown = "same_person", mark(double)
        decide_double(double_id=double.pk, staff=staff, verdict=verdict, note="同じ", shown=shown)
    erase_patron(patron_id=one.pk)
    assert pairs() == set()


def test_a_pair_that_was_passed_by_at_the_erasure_goes_with_the_next_search(staff):
    one, other = twice()
    look()
    erase_patron(patron_id=one.pk)
    PossibleDouble.objects.create(first=one, second=other)
    look()
    assert pairs() == set()


def test_after_a_change_of_the_rules_everybody_is_looked_at_again(monkeypatch):
    twice()
    look()
    PossibleDouble.objects.all().delete()
    assert look() == (0, 0)
    monkeypatch.setattr(services, "rules_version", lambda: "another")
    assert look() == (2, 1)


def test_a_clock_that_was_ahead_leaves_nobody_out():
    twice()
    look()
    DoubleSearch.objects.update(changed_at=timezone.now() + timedelta(days=400))
    imported_patron(namesake_no=2)
    assert look() == (3, 2)


def test_the_next_patrons_are_found_by_an_index_however_many_changed_at_that_moment(
    fresh_indexes,
):
    moment = timezone.now()
    many.store(
        Patron(number=f"M{n}", birth_date="19000101", namesake_no=n, updated_at=moment)
        for n in range(3000)
    )
    rows = Patron.objects.changed_after(moment, 1, moment + LATER)[:200]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE patrons_patron")
    plan = rows.explain()
    assert "Index Scan using patron_updated_at" in plan
    assert "Sort" not in plan
    # Both ends are conditions of the index, so nothing is read and thrown away.
    assert "Filter:" not in plan


def test_a_batch_costs_the_same_statements_beside_the_rules_own():
    def statements(patrons: int) -> int:
        for _ in range(patrons):
            imported_patron(namesake_no=Patron.objects.count())
        with CaptureQueriesContext(connection) as captured:
            assert look()[0] == patrons
        return len(captured) - patrons

    statements(1)  # The place of the search is made by the first.
    assert statements(3) == statements(6)


@pytest.mark.django_db(transaction=True)
def test_two_searches_at_once_share_the_work():
    for number in range(12):
        imported_patron(namesake_no=number)
    done = together([lambda: look(batch_size=2)] * 2)
    assert sum(patrons for patrons, _ in done) == 12
    assert len(pairs()) == 66


@pytest.mark.django_db(transaction=True)
def test_while_an_import_writes_nobody_is_looked_at():
    def refused() -> bool:
        with pytest.raises(CommandError, match="An import is running"):
            call_command("find_doubles")
        return find_doubles.func(timestamp=0) == {"patrons": 0, "found": 0}

    twice(updated_at=timezone.now() - LATER)
    with transaction.atomic():
        lock_every_birth_date()
        assert together([refused]) == [True]
    assert find_doubles.func(timestamp=0) == {"patrons": 2, "found": 1}


def test_the_command_tells_how_many_and_nobody_s_name():
    twice(updated_at=timezone.now() - LATER)
    out = StringIO()
    call_command("find_doubles", stdout=out)
    call_command("find_doubles", stdout=out)
    call_command("find_doubles", "--all", stdout=out)
    assert out.getvalue().splitlines() == [
        "patrons: 2 looked at, 1 new pairs for staff",
        "patrons: 0 looked at, 0 new pairs for staff",
        "patrons: 2 looked at, 0 new pairs for staff",
    ]


def test_the_worker_searches_at_night():
    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[find_doubles.name] == "*/15 16-19 * * *"
    twice(updated_at=timezone.now() - LATER)
    assert find_doubles.func(timestamp=0) == {"patrons": 2, "found": 1}
