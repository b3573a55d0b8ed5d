"""A changed residency rule is run over stored patrons, in batches, and moves nobody."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from patrons.models import Patron
from patrons.residency import RULES, decide
from patrons.residency_services import COLUMNS, recheck_patrons
from tests import many
from tests.patrons.people import ADDRESS, imported_patron

BEPPU = "大分県別府市上野口町1番15号"
NAKATSU = "大分県中津市豊田町14番地3"
THEN = datetime(2026, 4, 1, tzinfo=UTC)


def with_eligible(*names):
    """Return the rules as they might become: a next version, these municipalities eligible."""
    return replace(
        RULES,
        version="next",
        municipalities=tuple(replace(m, eligible=m.name in names) for m in RULES.municipalities),
    )


NEXT = with_eligible("大分市", "中津市")


def stored(number, address, **changes):
    decision = decide(address)
    values = {
        "municipality_code": decision.municipality_code or "",
        "residency_reason": decision.reason,
        "residency_rule_version": decision.rule_version,
    }
    return imported_patron(
        number=number, name=number, address=address, updated_at=THEN, **(values | changes)
    )


def changes(**options):
    return [c for batch in recheck_patrons(**options) for c in batch.changes]


def columns(patron):
    return Patron.objects.values_list(*COLUMNS).get(pk=patron.pk)


def test_nothing_changes_while_the_rule_is_the_same(db):
    stored("A", ADDRESS)
    stored("B", NAKATSU)
    assert [(b.checked, b.changes) for b in recheck_patrons(write=True)] == [(2, ())]


def test_a_changed_table_is_listed_and_written_only_when_told(db):
    oita, beppu, nakatsu = stored("A", ADDRESS), stored("B", BEPPU), stored("C", NAKATSU)
    before = [columns(patron) for patron in (oita, beppu, nakatsu)]
    expected = [
        ("A", ("44201", "eligible", "next"), True),
        ("B", ("44202", "not_eligible", "next"), False),
        ("C", ("44203", "eligible", "next"), False),
    ]
    dry = changes(write=False, rules=NEXT)
    assert [(c.label, c.after, c.is_version_only) for c in dry] == expected
    assert [columns(patron) for patron in (oita, beppu, nakatsu)] == before
    assert changes(write=True, rules=NEXT) == dry
    assert [columns(patron) for patron in (oita, beppu, nakatsu)] == [e[1] for e in expected]
    assert changes(write=True, rules=NEXT) == []


def test_an_imported_patron_gets_the_first_decision(db):
    patron = imported_patron()
    (change,) = changes(write=True)
    assert change.before == ("", "", "")
    assert columns(patron) == ("44202", "eligible", RULES.version)


def test_who_has_withdrawn_or_has_no_address_is_left_alone(db):
    gone = stored("A", BEPPU, withdrawn_at=THEN)
    unknown = imported_patron(number="B", address="")
    assert changes(write=True, rules=NEXT) == []
    assert columns(gone)[2] == RULES.version
    assert columns(unknown) == ("", "", "")


def test_the_library_system_is_not_told(db):
    patron = stored("A", BEPPU)
    changes(write=True, rules=NEXT)
    patron.refresh_from_db()
    assert patron.residency_rule_version == "next"
    assert patron.updated_at == THEN


@pytest.mark.parametrize(
    ("address", "marked", "stays"),
    [(BEPPU, False, False), (NAKATSU, True, False), (BEPPU, True, True), ("不明", False, False)],
)
def test_a_table_moves_nobody_out_and_an_address_inside_clears_the_mark(db, address, marked, stays):
    patron = stored("A", address, moved_out_at=THEN if marked else None)
    changes(write=True, rules=NEXT)
    patron.refresh_from_db()
    assert patron.moved_out_at == (THEN if stays else None)


def test_a_stopped_run_keeps_its_batches_and_the_next_one_finishes(db):
    for number in range(7):
        stored(str(number), BEPPU)
    run = recheck_patrons(write=True, rules=NEXT, batch_size=3)
    assert next(run).checked == 3
    run.close()
    assert Patron.objects.filter(residency_rule_version="next").count() == 3
    assert len(changes(write=True, rules=NEXT, batch_size=3)) == 4
    assert not Patron.objects.exclude(residency_rule_version="next").exists()


def test_thousands_are_decided_in_few_statements_of_bounded_size(db):
    patrons = (
        Patron(
            number=f"N{number:05}",
            name="",
            name_key=str(number),
            birth_date="19900101",
            address=(ADDRESS, BEPPU, NAKATSU)[number % 3],
        )
        for number in range(2500)
    )
    many.store(patrons)
    with CaptureQueriesContext(connection) as queries:
        batches = list(recheck_patrons(write=True))
    assert [batch.checked for batch in batches] == [1000, 1000, 500]
    assert sum(len(batch.changes) for batch in batches) == 2500
    # A batch is read, locked, written once for each of three decisions, and recorded, in a
    # transaction.
    assert len(queries) == 3 * 8 + 1
    assert Patron.objects.filter(municipality_code="44203").count() == 833


@pytest.mark.django_db(transaction=True)
def test_a_patron_whom_a_request_holds_is_left_for_the_next_run():
    held, free = stored("A", BEPPU), stored("B", BEPPU)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM patrons_patron WHERE id = %s FOR UPDATE", [held.pk])
            (batch,) = recheck_patrons(write=True, rules=NEXT)
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert ([c.label for c in batch.changes], batch.left) == (["B"], 1)
    assert columns(held)[2] == RULES.version
    assert columns(free)[2] == "next"
    assert [c.label for c in changes(write=True, rules=NEXT)] == ["A"]


@pytest.mark.django_db(transaction=True)
def test_an_address_changed_after_the_reading_is_decided_as_it_is_now():
    patron = stored("A", BEPPU)
    rows = Patron.objects.active().exclude(address="")
    moved = False

    def move_between(execute, sql, params, many, context):
        nonlocal moved
        if "FOR UPDATE" in sql and not moved:
            moved = True
            Patron.objects.filter(pk=patron.pk).update(address=NAKATSU)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(move_between), transaction.atomic():
        (change,) = changes(write=True, rules=NEXT)
    assert rows.get().municipality_code == change.after.municipality_code == "44203"
