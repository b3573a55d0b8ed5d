"""What the staff's first page says of patrons, and what is said when patron numbers run out."""

from collections.abc import Iterator

from django.utils import timezone

from accounts.models import User
from patrons.doubles.models import PossibleDouble
from patrons.models import Patron
from patrons.numbers import NumbersLeft, numbers_left
from staff.roles import SEE_PERSONAL_DATA
from staff.waiting import Urgency, Waiting, count_listed, list_of, urgency_of

FEW = (
    "利用者番号の残りが、{left:,}件になりました（全{total:,}件）。なくなるとインターネットでの登録が"
    "できません。番号の範囲を広げるよう、システムの担当者に連絡してください。"
)
GONE = (
    "利用者番号がなくなり、インターネットでの登録ができません。番号の範囲を広げるよう、"
    "システムの担当者に連絡してください。"
)

# The filters of the patrons' list (`patrons.admin`) that show just these.
NOT_REFLECTED = {"exported": "no", "withdrawn": "no"}
BOUNCED = {"mail": "bounced"}


def number_warning(numbers: NumbersLeft | None = None) -> str:
    """Return a sentence for staff, empty while 5 % or more of the numbers are left."""
    numbers = numbers or numbers_left()
    if not numbers.nearly_exhausted:
        return ""
    return (FEW if numbers.left else GONE).format(**numbers._asdict())


def waiting(user: User) -> Iterator[Waiting]:
    """Yield pairs and patrons to be looked at, where they may be; to everybody, numbers left."""
    yield from _doubles(user)
    lists = (
        ("貸出システム未反映の利用者", Patron.objects.active().not_reflected(), NOT_REFLECTED),
        ("メールが届かない利用者", Patron.objects.not_withheld().email_bounced(), BOUNCED),
    )
    for label, patrons, filters in lists:
        # Whoever sees patrons masked does not have this filter.
        if filters is BOUNCED and not user.has_perm(SEE_PERSONAL_DATA):
            continue
        if address := list_of(user, Patron, **filters):
            count = count_listed(patrons)
            urgency = urgency_of(count)
            yield Waiting(label=label, count=count, unit="人", address=address, urgency=urgency)
    numbers = numbers_left()
    warning = number_warning(numbers)
    urgency = Urgency.SOON if warning else Urgency.NOTHING
    yield Waiting(label="利用者番号の残り", count=numbers.left, detail=warning, urgency=urgency)


def _doubles(user: User) -> Iterator[Waiting]:
    if address := list_of(user, PossibleDouble):
        count = count_listed(PossibleDouble.objects.waiting())
        late = count_listed(PossibleDouble.objects.overdue(timezone.localdate())) if count else 0
        yield Waiting(
            label="二重登録かもしれない利用者",
            count=count,
            unit="組",
            address=address,
            detail=f"確認の期限を過ぎたものが{late}組" if late else "",
            urgency=urgency_of(count, late=late),
        )
