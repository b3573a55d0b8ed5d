"""What the staff's first page says of a library system by files."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from circulation.files.models import LibraryRequest, Loaded, Snapshot
from circulation.files.system import is_old
from staff.waiting import Urgency, Waiting, count_listed, list_of, urgency_of

OLD = (
    "{when}のデータが最後です。利用者には、貸出状況を表示していません。システムの担当者に連絡して"
    "ください。"
)


def waiting(user: User) -> Iterator[Waiting]:
    """Yield what was refused or is overdue, and requests without an answer, where there may be."""
    if settings.LIBRARY_SYSTEM != "files":
        return
    now = timezone.now()
    if address := list_of(user, Snapshot, state="refused"):
        refused = count_listed(Snapshot.objects.refused_since_loaded())
        last = Snapshot.objects.last_loaded()
        detail, urgency = "", urgency_of(refused)
        if last is None or is_old(last.as_of, now):
            detail, urgency = _when(last), Urgency.LATE
        yield Waiting(
            label="貸出システムの取り込めないデータ",
            count=refused,
            address=address,
            detail=detail,
            urgency=urgency,
        )
    if address := list_of(user, LibraryRequest, situation="late"):
        late = count_listed(LibraryRequest.objects.late(now))
        label = "貸出システムから返事がない申し込み"
        yield Waiting(label=label, count=late, address=address, urgency=urgency_of(late, late=late))


def _when(last: Loaded | None) -> str:
    if last is None:
        return "貸出システムからのデータは、まだ取り込んでいません。"
    local = timezone.localtime(last.as_of)
    return OLD.format(when=f"{date_format(local, 'n月j日')}{local:%H:%M}")
