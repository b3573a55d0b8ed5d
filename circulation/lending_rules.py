"""The rules of lending: one decision, made of facts and of what the library has laid down.

The defaults are 大分市民図書館's: ten items, fifteen days that count the day of the loan, one
renewal of two weeks from the day it is asked for. What nobody has told of (limits of holds, what
follows from an overdue item) limits nothing until staff say so.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from catalog.models import Material
from circulation.enums import Refusal

# Whether a rule says no, and what it says then.
Checks = tuple[tuple[bool, Refusal], ...]
# Neither renewed nor held.
SERIALS = frozenset({Material.MAGAZINE, Material.NEWSPAPER})


class Act(StrEnum):
    """What somebody wants to do."""

    LEND = "lend"
    RENEW = "renew"
    HOLD = "hold"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the library has laid down; days are days, None limits nothing."""

    most_loans: int | None = 10
    loan_days: int = 14
    most_renewals: int = 1
    renewal_days: int = 14
    most_holds: int | None = None
    keep_days: int = 7
    # After so many days overdue nothing more is lent.
    overdue_stops_loans_after: int | None = None
    overdue_stops_renewals: bool = False
    overdue_stops_holds: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is true when somebody asks: of the patron, of the item or record, and of the loan.

    `overdue_days` is of the patron's longest overdue loan; `ahead` counts the holds of others that
    come before this patron; `items` those of the record that are lent at all.
    """

    today: date
    is_withdrawn: bool = False
    loans: int = 0
    holds: int = 0
    overdue_days: int = 0
    material: str = ""
    ahead: int = 0
    # Of an item that is to be lent.
    is_reference: bool = False
    is_lent: bool = False
    is_held_for_another: bool = False
    # Of a loan that is to be renewed.
    due: date | None = None
    renewals: int = 0
    # Of a record that is to be held.
    items: int = 1
    holds_it: bool = False
    has_it: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Why not (None where it may be done), and the due date of what is lent or renewed."""

    refusal: Refusal | None = None
    due: date | None = None


def decide(act: Act, facts: Facts, policy: Policy) -> Decision:
    """Decide whether something may be done, by the first rule that says no."""
    due: date | None = None
    match act:
        case Act.LEND:
            due = facts.today + timedelta(days=policy.loan_days)
            checks = _against_loan(facts, policy)
        case Act.RENEW:
            due = facts.today + timedelta(days=policy.renewal_days)
            checks = _against_renewal(facts, policy, due)
        case Act.HOLD:
            checks = _against_hold(facts, policy)
    refusal = next((refusal for applies, refusal in checks if applies), None)
    return Decision(refusal=refusal, due=None if refusal else due)


def _against_loan(facts: Facts, policy: Policy) -> Checks:
    stops_after = policy.overdue_stops_loans_after
    return (
        (facts.is_withdrawn, Refusal.WITHDRAWN),
        (facts.is_lent, Refusal.LENT_ALREADY),
        (facts.is_reference, Refusal.REFERENCE),
        (facts.is_held_for_another, Refusal.HELD_FOR_ANOTHER),
        (facts.ahead > 0, Refusal.WAITED_FOR),
        (stops_after is not None and facts.overdue_days > stops_after, Refusal.OVERDUE),
        (
            policy.most_loans is not None and facts.loans >= policy.most_loans,
            Refusal.TOO_MANY_LOANS,
        ),
    )


def _against_renewal(facts: Facts, policy: Policy, due: date) -> Checks:
    return (
        (facts.is_withdrawn, Refusal.WITHDRAWN),
        (facts.material in SERIALS, Refusal.NOT_RENEWED),
        (facts.renewals >= policy.most_renewals, Refusal.RENEWED_ALREADY),
        (facts.ahead > 0, Refusal.WAITED_FOR),
        (policy.overdue_stops_renewals and facts.overdue_days > 0, Refusal.OVERDUE),
        (facts.due is not None and due <= facts.due, Refusal.NO_LATER),
    )


def _against_hold(facts: Facts, policy: Policy) -> Checks:
    return (
        (facts.is_withdrawn, Refusal.WITHDRAWN),
        (facts.material in SERIALS, Refusal.NOT_HELD),
        (facts.items == 0, Refusal.NO_ITEMS),
        (facts.has_it, Refusal.HAS_IT),
        (facts.holds_it, Refusal.HELD_ALREADY),
        (policy.overdue_stops_holds and facts.overdue_days > 0, Refusal.OVERDUE),
        (
            policy.most_holds is not None and facts.holds >= policy.most_holds,
            Refusal.TOO_MANY_HOLDS,
        ),
    )
