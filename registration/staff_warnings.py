"""What the staff's first page says of cases in review."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from registration.application.models import Application
from registration.review.models import ReviewCase
from registration.review.reminders import waiting_cases
from staff.waiting import Waiting, list_of, urgency_of


def waiting(user: User) -> Iterator[Waiting]:
    """Yield how many cases wait and how many of them by when, where they may be seen."""
    address = list_of(user, ReviewCase)
    if not address:
        return
    count = waiting_cases()
    due = Application.objects.due_on(timezone.localdate()).count() if count.waiting else 0
    pressing = (
        ("回答期限を過ぎたもの", count.late),
        ("今日までのもの", due),
        (f"あと{settings.REVIEW_WARNING_DAYS}日以内に消去されるもの", count.ending),
    )
    yield Waiting(
        label="登録申請の確認待ち",
        count=count.waiting,
        address=address,
        detail="、".join(f"{what}が{many}件" for what, many in pressing if many),
        urgency=urgency_of(count.waiting, late=count.late, soon=due + count.ending),
    )
