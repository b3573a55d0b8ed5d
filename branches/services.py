"""What a branch's days are like, read from what staff keep; and the branches of a new database."""

import tomllib
from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from branches.calendar import Closed, Day, Hours, days_from
from branches.models import Branch, Closure, OpeningHours

FIRST_BRANCHES = Path(__file__).parent / "data" / "branches.toml"


def days(branch: Branch, first: date, count: int) -> Sequence[Day]:
    """Return so many days of a branch from the first on, in two queries."""
    hours = {one.weekday: Hours(one.opens, one.closes) for one in branch.hours.all()}
    last = first + timedelta(days=count - 1)
    found = Closure.objects.touching(first, last).filter(Q(branch=branch) | Q(branch=None))
    is_japanese = get_language() in (None, "ja")
    closures = [
        Closed(one.first, one.last, one.reason if is_japanese else one.reason_en) for one in found
    ]
    return list(islice(days_from(first, branch.rule, hours, closures), count))


def today(branch: Branch) -> Day:
    """Return what today is like."""
    return days(branch, timezone.localdate(), 1)[0]


def main_branch() -> Branch | None:
    """Return the first of the listed branches, whose hours the home page tells."""
    return Branch.objects.listed().prefetch_related("hours").first()


@transaction.atomic
def create_first_branches() -> None:
    """Put the library's branches into a database that has none; staff keep them from then on."""
    if Branch.objects.exists():
        return
    known = tomllib.loads(FIRST_BRANCHES.read_text(encoding="utf-8"))
    for order, given in enumerate(known["branch"], start=1):
        opens, closes = given.pop("hours", (None, None))
        branch = Branch.objects.create(
            order=order * 10,
            closed_weeks=known["closed_weeks"],
            year_end_first=known["year_end"][0],
            year_end_last=known["year_end"][1],
            **given,
        )
        if opens:
            OpeningHours.objects.bulk_create(
                OpeningHours(
                    branch=branch,
                    weekday=weekday,
                    opens=time.fromisoformat(opens),
                    closes=time.fromisoformat(closes),
                )
                for weekday in range(7)
            )
