"""What a scan does: it lends, or takes back, and does nothing where that is not plain."""

from datetime import datetime, timedelta

from django.db.models import TextChoices

from branches.models import Branch
from circulation.desk.numbers import Meant
from circulation.desk.session import Said
from circulation.enums import Refusal
from circulation.local.lending import CheckIn, lend, take_back
from circulation.models import Loan
from circulation.port import Refused
from patrons.models import Patron

# What was lent so shortly before is taken back only when that is asked for.
JUST_LENT = timedelta(minutes=2)


class What(TextChoices):
    """What a scan came to, in the words of the page."""

    PATRON = "patron", "利用者カードを読み取りました"
    LENT = "lent", "貸し出しました"
    SHELF = "shelf", "棚へ"
    HOLD_SHELF = "hold_shelf", "予約棚へ"
    TRANSIT = "transit", "移送"
    NO_ITEM = "no_item", "返却しました（蔵書にない資料）"
    REFUSED = "refused", "できません"
    JUST_LENT = "just_lent", "返却しますか"
    EITHER = "either", "カードですか、資料ですか"
    NEITHER = "neither", "見つかりません"
    NOT_DONE = "not_done", "まだ何もしていません"


RETURNS = {What.SHELF, What.HOLD_SHELF, What.TRANSIT, What.NO_ITEM}


def lend_to(patron: Patron, number: str, branch: Branch, began: datetime, now: datetime) -> Said:
    """Lend an item; one that was lent to the same patron in this turn is only shown again."""
    try:
        loan = lend(patron=patron, item_number=number, branch=branch, now=now)
    except Refused as refused:
        again = Loan.objects.of(patron).filter(item_number=number, lent_at__gte=began).first()
        if again and refused.refusal == Refusal.LENT_ALREADY:
            return Said(what=What.LENT, loan=again.pk)
        return Said(what=What.REFUSED, number=number, why=refused.refusal)
    return Said(what=What.LENT, loan=loan.pk)


def take_in(number: str, branch: Branch, now: datetime, *, is_sure: bool) -> Said:
    """Take an item back; what was lent a moment ago only where staff are sure."""
    just_lent = Loan.objects.filter(item_number=number, lent_at__gt=now - JUST_LENT)
    if not is_sure and just_lent.exists():
        return Said(what=What.JUST_LENT, number=number)
    try:
        done = take_back(item_number=number, branch=branch, now=now)
    except Refused as refused:
        return Said(what=What.REFUSED, number=number, why=refused.refusal)
    return _told(done, number, now)


def unclear(meant: Meant, number: str) -> Said | None:
    """Return what is said of a number that is nobody's, or two things'; None where it is plain."""
    if meant.patron and meant.item:
        return Said(what=What.EITHER, number=number)
    if not (meant.patron or meant.item):
        return Said(what=What.NEITHER, number=number)
    return None


def _told(done: CheckIn, number: str, now: datetime) -> Said:
    if done.item is None:
        what = What.NO_ITEM
    elif done.goes_to:
        what = What.TRANSIT
    else:
        what = What.HOLD_SHELF if done.hold else What.SHELF
    return Said(
        what=what,
        number=number,
        hold=done.hold.pk if done.hold else None,
        branch=done.goes_to.pk if done.goes_to else None,
        was_cleared=done.was_cleared,
        was_overdue=done.was_overdue,
        at=now.timestamp(),
    )
