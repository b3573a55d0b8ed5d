"""Loans and holds of patrons whose pages are measured."""

from datetime import timedelta

from django.utils import timezone

from branches.models import Branch
from catalog.models import Record
from circulation.models import Hold, Loan
from patrons.models import Patron

LOANS, HOLDS = 30, 30
# So far the next patron's works begin after the last one's.
STEP = 37


def fill(numbers: list[str]) -> None:
    """Give each patron LOANS loans and HOLDS holds of different works, some of them overdue.

    Patrons differ in what they want: of the works that are held, each is by a few.
    """
    collection = list(Record.objects.order_by("pk"))
    today, pickup = timezone.localdate(), Branch.objects.all()[0]
    for place, patron in enumerate(Patron.objects.filter(number__in=numbers)):
        first = place * STEP
        wanted = range(first, first + LOANS + HOLDS)
        records = [collection[number % len(collection)] for number in wanted]
        Loan.objects.bulk_create(
            Loan(
                patron=patron,
                record=record,
                item_number=f"B{patron.pk}-{record.pk}",
                due=today + timedelta(days=number // 2 - 1),
            )
            for number, record in enumerate(records[:LOANS])
        )
        Hold.objects.bulk_create(
            Hold(patron=patron, record=record, pickup=pickup) for record in records[LOANS:]
        )
