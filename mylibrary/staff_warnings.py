"""What the staff's first page says of what patrons asked for."""

from collections.abc import Iterator

from django.db.models import QuerySet

from accounts.models import User
from mylibrary.kana.models import KanaRequest
from mylibrary.own_data.models import ErasureRequest
from mylibrary.requests.models import WantedTitle
from staff.waiting import Waiting, list_of, urgency_of


def waiting(user: User) -> Iterator[Waiting]:
    """Yield how many requests of each kind wait, where they may be seen."""
    kinds: tuple[tuple[QuerySet, str], ...] = (
        (KanaRequest.objects.waiting(), "名前カタカナの変更の確認待ち"),
        (ErasureRequest.objects.open(), "個人情報の消去の申し込み"),
        (WantedTitle.objects.undecided(), "リクエストの決定待ち"),
    )
    for rows, label in kinds:
        if address := list_of(user, rows.model):
            count = rows.count()
            yield Waiting(label=label, count=count, address=address, urgency=urgency_of(count))
