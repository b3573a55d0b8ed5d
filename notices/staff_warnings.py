"""What the staff's first page says of mails."""

from collections.abc import Iterator

from accounts.models import User
from notices.models import Notice
from staff.waiting import Waiting, count_listed, list_of, urgency_of


def waiting(user: User) -> Iterator[Waiting]:
    """Yield how many mails could not be sent, where they may be seen."""
    if address := list_of(user, Notice, mail="failed"):
        count = count_listed(Notice.objects.given_up())
        yield Waiting(
            label="送信できなかったメール", count=count, address=address, urgency=urgency_of(count)
        )
