"""What the database refuses, whoever writes: one error and one sentence for each violation."""

import re

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from circulation.enums import HOLD_TRANSITIONS, HoldState
from circulation.local.hold_shelf import end
from circulation.local.lending import lend, take_back
from circulation.local.violations import REFUSALS, in_one_step
from circulation.models import Hold, Loan
from circulation.port import Refused

pytestmark = pytest.mark.django_db
NOW = timezone.now()
# What a hold in a state has besides.
HAS = {
    HoldState.WAITING: {"item_number": ""},
    HoldState.SECURED: {"item_number": "9"},
    HoldState.READY: {"item_number": "9", "ready_at": NOW, "keep_until": NOW.date()},
    HoldState.EXPIRED: {"item_number": "9"},
}


@pytest.mark.parametrize("before", HoldState)
@pytest.mark.parametrize("after", HoldState)
def test_a_hold_changes_as_the_table_says_and_not_otherwise(patron, record, main, before, after):
    place = {"patron": patron, "record": record, "pickup": main}
    held = Hold.objects.create(state=before, **place, **HAS[before])
    allowed = before == after or (before, after) in HOLD_TRANSITIONS
    change = in_one_step(Hold.objects.filter(pk=held.pk).update)
    if allowed:
        assert change(state=after, **HAS[after]) == 1
    else:
        with pytest.raises(Refused) as refused:
            change(state=after, **HAS[after])
        assert refused.value.refusal == REFUSALS["hold_transition"]


def loan(patron, record, number="9") -> Loan:
    return Loan.objects.create(patron=patron, record=record, item_number=number, due=NOW.date())


def kept(patron, record, main, number="9", **said) -> Hold:
    ready = {"state": HoldState.READY, "ready_at": NOW, "keep_until": NOW.date()}
    place = {"patron": patron, "record": record, "pickup": main, "item_number": number}
    return Hold.objects.create(**ready | place | said)


def lent_twice(patron, other, record, main):
    loan(patron, record)
    loan(other, record)


def lent_on(patron, other, record, main):
    loan(patron, record)
    Loan.objects.update(patron=other)


def lent_while_kept(patron, other, record, main):
    kept(patron, record, main)
    loan(other, record)


def kept_while_lent(patron, other, record, main):
    loan(other, record)
    kept(patron, record, main)


def kept_for_two(patron, other, record, main):
    kept(patron, record, main)
    kept(other, record, main)


def one_shelf_number_for_two(patron, other, record, main):
    kept(patron, record, main, "1", shelf_number=1)
    kept(other, record, main, "2", shelf_number=1)


def held_twice(patron, other, record, main):
    for _ in range(2):
        Hold.objects.create(patron=patron, record=record, pickup=main)


def held_for_another_patron(patron, other, record, main):
    Hold.objects.create(patron=patron, record=record, pickup=main)
    Hold.objects.update(patron=other)


def held_by_nobody(patron, other, record, main):
    Hold.objects.create(record=record, pickup=main)


def ready_without_a_day(patron, other, record, main):
    kept(patron, record, main, keep_until=None)


VIOLATIONS = {
    "circulation_loan_item_number_key": lent_twice,
    "loan_patron": lent_on,
    "loan_of_held_item": lent_while_kept,
    "hold_of_lent_item": kept_while_lent,
    "hold_one_per_item": kept_for_two,
    "hold_one_per_shelf_number": one_shelf_number_for_two,
    "hold_one_open_per_record": held_twice,
    "hold_patron": held_for_another_patron,
    "hold_is_somebodys": held_by_nobody,
    "hold_has_what_its_state_says": ready_without_a_day,
}


@pytest.mark.parametrize("constraint", VIOLATIONS)
def test_each_violation_is_one_error_and_one_sentence(constraint, patron, other, record, main):
    given = (patron, other, record, main)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        VIOLATIONS[constraint](*given)
    assert error.value.__cause__.diag.constraint_name == constraint
    with pytest.raises(Refused) as refused:
        in_one_step(VIOLATIONS[constraint])(*given)
    assert refused.value.refusal == REFUSALS[constraint]
    assert re.search("[。]$", str(REFUSALS[constraint].label))


def test_every_constraint_of_loans_and_holds_has_its_sentence():
    named = {
        each.name
        for model in (Loan, Hold)
        for each in apps.get_model("circulation", model.__name__)._meta.constraints
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(prosrc, '') FROM pg_proc WHERE proname LIKE 'circulation%'"
        )
        raised = {*re.findall("CONSTRAINT = '(.*?)'", cursor.fetchone()[0])}
    # What only a library system's snapshot can violate is no step of lending.
    assert (named | raised) - {"hold_number"} <= {*REFUSALS}
    assert {*VIOLATIONS, "hold_transition"} == {*REFUSALS}


def test_what_is_not_ours_is_no_refusal(patron, main):
    with pytest.raises(IntegrityError):
        in_one_step(Loan.objects.create)(patron=patron, item_number="1", due=None)


def test_a_hold_that_ended_tells_nobody_whose_it_was(patron, other, item, main, hold):
    lend(patron=patron, item_number=item.number, branch=main)
    held = hold(other)
    take_back(item_number=item.number, branch=main)
    held.refresh_from_db()
    end(held)
    assert Hold.objects.get().patron is None
