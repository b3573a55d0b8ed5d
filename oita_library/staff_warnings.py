"""What 管理 is told of whose records were opened."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.enums import Event
from audit.models import NotableOpening
from staff.waiting import Waiting, count_listed, urgency_of

DAYS = 7


def waiting(user: User) -> Iterator[Waiting]:
    """Yield how many openings of the last days are to be looked at, where they may be seen."""
    if not user.has_perm("audit.view_record"):
        return
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS - 1)
    rows = NotableOpening.objects.filter(event=Event.NOTABLE_OPENED, at__gte=since)
    count = count_listed(rows)
    address = reverse("admin:audit_notableopening_changelist")
    yield Waiting(
        label="確認が必要な閲覧",
        count=count,
        detail=f"この{DAYS}日間" if count else "",
        address=f"{address}?since={since:%Y-%m-%d}",
        urgency=urgency_of(count),
    )
