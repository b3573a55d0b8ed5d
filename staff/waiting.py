"""What waits for staff: told by each app's `staff_warnings`, shown on the admin's first page."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module
from urllib.parse import urlencode

from django.apps import apps
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.module_loading import module_has_submodule

from accounts.models import User
from staff.large_list import MOST_LISTED


class Urgency(IntEnum):
    """How much something presses, the most first when sorted."""

    LATE = 0
    SOON = 1
    WAITING = 2
    NOTHING = 3


def urgency_of(count: int, *, late: int = 0, soon: int = 0) -> Urgency:
    """Return how much it presses that so many wait, of whom some are late or soon will be."""
    if not count:
        return Urgency.NOTHING
    if late:
        return Urgency.LATE
    return Urgency.SOON if soon else Urgency.WAITING


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One line of the first page. `address` is the list of just these, "" where there is none."""

    label: str
    count: int
    unit: str = "件"
    address: str = ""
    detail: str = ""
    urgency: Urgency

    @property
    def amount(self) -> str:
        """How many, as far as a list goes."""
        if self.address and self.count > MOST_LISTED:
            return f"{MOST_LISTED:,}{self.unit}以上"
        return f"{self.count:,}{self.unit}"

    @property
    def presses(self) -> str:
        """What is said beside it, so that no colour has to."""
        return {Urgency.LATE: "期限切れあり", Urgency.SOON: "期限まぢか"}.get(self.urgency, "")


def list_of(user: User, model: type[Model], **filters: str) -> str:
    """Return the address of a model's list, filtered; "" where somebody may not open it."""
    opts = model._meta
    if not user.has_perm(f"{opts.app_label}.view_{opts.model_name}"):
        return ""
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def count_listed(rows: QuerySet) -> int:
    """Return how many rows there are, at most one more than a list shows."""
    return rows.order_by()[: MOST_LISTED + 1].count()


def what_waits(user: User) -> list[Waiting]:
    """Return what this member of staff may open, the most pressing first."""
    return sorted(_told(user), key=lambda each: each.urgency)


def _told(user: User) -> Iterator[Waiting]:
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "staff_warnings"):
            yield from import_module(f"{app.name}.staff_warnings").waiting(user)
