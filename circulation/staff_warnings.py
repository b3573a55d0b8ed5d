"""What the staff's first page says of lending."""

from collections.abc import Iterator

from django.utils import timezone

from accounts.models import User
from circulation.desk.gate import lends_here
from circulation.files import waiting as files
from circulation.models import EndedHold, OverdueLoan, WantedItem
from staff.waiting import Waiting, count_listed, list_of, urgency_of


def waiting(user: User) -> Iterator[Waiting]:
    """Yield what is to be done at the counter, or what a library system has not told or answered.

    Only what somebody may see.
    """
    yield from files.waiting(user)
    if not lends_here():
        return
    today = timezone.localdate()
    lists = (
        (WantedItem, WantedItem.objects.wanted(today)),
        (EndedHold, EndedHold.objects.to_be_cleared()),
        (OverdueLoan, OverdueLoan.objects.overdue(today)),
    )
    for model, rows in lists:
        if address := list_of(user, model):
            count = count_listed(rows)
            yield Waiting(
                label=str(model._meta.verbose_name_plural),
                count=count,
                unit="点",
                address=address,
                urgency=urgency_of(count),
            )
