"""What the database refuses, in the words of `Refusal`: where two meet, or another writer is."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, transaction

from circulation.enums import Refusal
from circulation.port import Refused

P = ParamSpec("P")
R = TypeVar("R")
# Every constraint and trigger that a step of lending can run into.
REFUSALS = {
    "circulation_loan_item_number_key": Refusal.LENT_ALREADY,
    "hold_of_lent_item": Refusal.LENT_ALREADY,
    "hold_one_open_per_record": Refusal.HELD_ALREADY,
    "hold_one_per_item": Refusal.HELD_FOR_ANOTHER,
    "loan_of_held_item": Refusal.HELD_FOR_ANOTHER,
    "hold_transition": Refusal.HOLD_GONE,
    "hold_patron": Refusal.HOLD_GONE,
    "loan_patron": Refusal.NOT_LENT,
    "hold_one_per_shelf_number": Refusal.MEANWHILE,
    "hold_has_what_its_state_says": Refusal.MEANWHILE,
    "hold_is_somebodys": Refusal.MEANWHILE,
}


def in_one_step(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in a transaction; what the database refuses is Refused, and nothing is done."""

    @wraps(service)
    def step(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return service(*args, **kwargs)
        except IntegrityError as error:
            found = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
            if found not in REFUSALS:
                raise
            raise Refused(REFUSALS[found]) from None

    return step
