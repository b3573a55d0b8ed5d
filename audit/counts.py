"""How much of each kind was recorded on each day."""

from collections import Counter
from datetime import date

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from audit.kinds import KIND_OF, Kind
from audit.models import Record


def by_day(within: Q) -> dict[date, Counter[Kind]]:
    """Return the days of a period on which anything was recorded, the latest first: one query."""
    counted = Record.objects.filter(within).annotate(day=TruncDate("at")).values("day", "event")
    days: dict[date, Counter[Kind]] = {}
    for row in counted.annotate(number=Count("*")).order_by("-day"):
        kinds = days.setdefault(row["day"], Counter())
        kinds[KIND_OF.get(row["event"], Kind.OTHER)] += row["number"]
    return days
