"""The branches of a new database."""

import tomllib
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from branches.calendar import Rule
from branches.models import Branch, OpeningHours, Weekday

FIRST_BRANCHES = Path(__file__).parent / "data" / "branches.toml"


def first_rule() -> Rule:
    """Return when the branches are closed, year after year, until staff say otherwise."""
    known = first_data()
    first, last = known["year_end"]
    return Rule(weeks=tuple(known["closed_weeks"]), year_end=(first, last))


@transaction.atomic
def create_first_branches() -> None:
    """Put the library's branches into a database that has none; staff keep them from then on."""
    if Branch.objects.exists():
        return
    rule = first_rule()
    for order, given in enumerate(first_data()["branch"], start=1):
        branch = Branch.objects.create(
            **{name: value for name, value in given.items() if name != "hours"},
            order=order * 10,
            closed_weeks=rule.weeks,
            year_end_first=rule.year_end[0],
            year_end_last=rule.year_end[1],
        )
        if "hours" in given:
            opens, closes = map(time.fromisoformat, given["hours"])
            OpeningHours.objects.bulk_create(
                OpeningHours(branch=branch, weekday=weekday, opens=opens, closes=closes)
                for weekday in Weekday
            )


@cache
def first_data() -> dict[str, Any]:
    """Return what data/branches.toml says."""
    return tomllib.loads(FIRST_BRANCHES.read_text(encoding="utf-8"))
