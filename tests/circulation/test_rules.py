"""The rules of lending: whatever the facts are, one decision, and never against a rule."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Material
from circulation.enums import Refusal
from circulation.lending_rules import SERIALS, Act, Facts, Policy, decide

TODAY = date(2026, 3, 10)
small = st.integers(0, 12)
days = st.integers(-30, 60).map(lambda number: TODAY + timedelta(number))
policies = st.builds(
    Policy,
    most_loans=st.none() | small,
    loan_days=st.integers(1, 366),
    most_renewals=st.integers(0, 3),
    renewal_days=st.integers(1, 366),
    most_holds=st.none() | small,
    overdue_stops_loans_after=st.none() | small,
    overdue_stops_renewals=st.booleans(),
    overdue_stops_holds=st.booleans(),
)
facts = st.builds(
    Facts,
    today=st.just(TODAY),
    is_withdrawn=st.booleans(),
    loans=small,
    holds=small,
    overdue_days=small,
    material=st.sampled_from(["", *Material.values]),
    ahead=small,
    is_reference=st.booleans(),
    is_lent=st.booleans(),
    is_held_for_another=st.booleans(),
    due=st.none() | days,
    renewals=st.integers(0, 3),
    items=small,
    holds_it=st.booleans(),
    has_it=st.booleans(),
)


def reasons(act: Act, facts: Facts, policy: Policy) -> set[Refusal]:
    """Return every reason there is, in the library's own words rather than the code's order."""
    found = {Refusal.WITHDRAWN} if facts.is_withdrawn else set()
    late = facts.overdue_days
    if act is Act.LEND:
        found |= {Refusal.LENT_ALREADY} if facts.is_lent else set()
        found |= {Refusal.REFERENCE} if facts.is_reference else set()
        found |= {Refusal.HELD_FOR_ANOTHER} if facts.is_held_for_another else set()
        found |= {Refusal.WAITED_FOR} if facts.ahead else set()
        limit = policy.overdue_stops_loans_after
        found |= {Refusal.OVERDUE} if limit is not None and late > limit else set()
        full = policy.most_loans is not None and facts.loans >= policy.most_loans
        return found | ({Refusal.TOO_MANY_LOANS} if full else set())
    if act is Act.RENEW:
        new = TODAY + timedelta(policy.renewal_days)
        found |= {Refusal.NOT_RENEWED} if facts.material in SERIALS else set()
        found |= {Refusal.RENEWED_ALREADY} if facts.renewals >= policy.most_renewals else set()
        found |= {Refusal.WAITED_FOR} if facts.ahead else set()
        found |= {Refusal.OVERDUE} if policy.overdue_stops_renewals and late else set()
        return found | ({Refusal.NO_LATER} if facts.due and new <= facts.due else set())
    found |= {Refusal.NOT_HELD} if facts.material in SERIALS else set()
    found |= {Refusal.NO_ITEMS} if not facts.items else set()
    found |= {Refusal.HAS_IT} if facts.has_it else set()
    found |= {Refusal.HELD_ALREADY} if facts.holds_it else set()
    found |= {Refusal.OVERDUE} if policy.overdue_stops_holds and late else set()
    full = policy.most_holds is not None and facts.holds >= policy.most_holds
    return found | ({Refusal.TOO_MANY_HOLDS} if full else set())


@given(st.sampled_from(Act), facts, policies)
def test_something_is_refused_exactly_for_a_reason_that_there_is(act, facts, policy):
    decision = decide(act, facts, policy)
    found = reasons(act, facts, policy)
    assert (decision.refusal in found) if found else decision.refusal is None
    length = {Act.LEND: policy.loan_days, Act.RENEW: policy.renewal_days}.get(act)
    allowed = decision.refusal is None and length is not None
    assert decision.due == (TODAY + timedelta(length) if allowed else None)


@given(st.sampled_from(Act), facts, policies)
def test_what_limits_nothing_refuses_nothing(act, facts, policy):
    switched_off = ("most_loans", "most_holds", "overdue_stops_loans_after")
    free = replace(
        policy,
        **dict.fromkeys(switched_off),
        overdue_stops_renewals=False,
        overdue_stops_holds=False,
    )
    refusal = decide(act, facts, free).refusal
    assert refusal not in {Refusal.TOO_MANY_LOANS, Refusal.TOO_MANY_HOLDS, Refusal.OVERDUE}


@pytest.mark.parametrize(
    ("act", "said", "refusal"),
    [
        (Act.LEND, {"loans": 9}, None),
        (Act.LEND, {"loans": 10}, Refusal.TOO_MANY_LOANS),
        (Act.LEND, {"overdue_days": 400}, None),
        (Act.LEND, {"material": Material.MAGAZINE}, None),
        (Act.RENEW, {"renewals": 0, "due": TODAY}, None),
        (Act.RENEW, {"renewals": 0, "due": TODAY - timedelta(1)}, None),
        (Act.RENEW, {"renewals": 1}, Refusal.RENEWED_ALREADY),
        (Act.RENEW, {"ahead": 1}, Refusal.WAITED_FOR),
        (Act.RENEW, {"material": Material.MAGAZINE}, Refusal.NOT_RENEWED),
        (Act.RENEW, {"due": TODAY + timedelta(14)}, Refusal.NO_LATER),
        (Act.HOLD, {"holds": 500}, None),
        (Act.HOLD, {"material": Material.MAGAZINE}, Refusal.NOT_HELD),
    ],
)
def test_the_defaults_are_the_library_s(act, said, refusal):
    decision = decide(act, Facts(today=TODAY, **said), Policy())
    assert decision.refusal == refusal
    if refusal is None and act is not Act.HOLD:
        assert decision.due == date(2026, 3, 24)


def test_every_field_of_the_policy_can_be_edited_by_staff():
    from circulation.models import LendingPolicy

    columns = {column.name: column.default for column in LendingPolicy._meta.fields}
    for rule in fields(Policy):
        # An empty column has no default of its own.
        default = columns[rule.name]
        assert (default if isinstance(default, (int, bool)) else None) == rule.default, rule.name
