"""Asking for a title, taking that back, what staff decide, and telling the patrons.

Locks are taken in one order: the patron, the joining of titles (advisory), the title, and then the
suggestions of it. That somebody asks is not recorded: the record would tell who chooses books who.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.buckets import Limit, bucket, reserve
from accounts.models import User
from audit.enums import Event
from audit.services import record
from catalog.models import Record
from catalog.search.folding import fold
from mylibrary.errors import TooOften
from mylibrary.requests.enums import DeclineReason, TitleState
from mylibrary.requests.lifecycle import ALLOWED, ANSWERS, UNDECIDED
from mylibrary.requests.models import (
    LONGEST_NAME,
    LONGEST_TITLE,
    PurchaseSuggestion,
    TitleDecision,
    WantedTitle,
)
from notices.enums import NoticeKind
from notices.services import send
from notices.texts import message
from patrons.models import Patron
from patrons.retention import delete_in_batches, end_of
from patrons.services import lock_for_change

MAIL = "mylibrary/requests/mails/answered.txt"
# How many of one patron may wait for a decision.
MOST_UNDECIDED = 5
SUGGESTION_LIMIT = Limit(10, timedelta(minutes=10))
# The advisory lock under which a title is looked for and stored, so that none is stored twice.
TITLE_LOCK = (0x0174_0004, 0)


class TooManyWait(Exception):
    """As many of the patron's wishes as may be wait for a decision."""


class SuggestedAlready(Exception):
    """The patron has asked for this title already, and the library has not closed it."""


class TitleClosed(Exception):
    """The title was withdrawn, or decided on by somebody else, meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a patron typed, cleaned; `isbn` in its 13 digits or ""."""

    title: str
    author: str = ""
    publisher: str = ""
    year: int | None = None
    isbn: str = ""
    remark: str = ""

    @property
    def keys(self) -> dict[str, str]:
        """What says that two wishes are for one title."""
        # A title of signs alone is folded to nothing.
        title = fold(self.title) or self.title
        return {
            "isbn": self.isbn,
            "title_key": title[:LONGEST_TITLE],
            "author_key": fold(self.author)[:LONGEST_NAME],
        }


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What staff decide: the new state with what is told of it, and a note for the staff."""

    state: TitleState
    reason: DeclineReason | None = None
    sentence: str = ""
    record: Record | None = None
    note: str = ""


def left_of(patron: Patron) -> int:
    """Return how many more titles a patron may ask for now."""
    return max(MOST_UNDECIDED - PurchaseSuggestion.objects.undecided_of(patron).count(), 0)


def suggest(*, patron: Patron, wish: Wish) -> PurchaseSuggestion:
    """Store a patron's wish, at the title that others may have asked for already.

    Raises TooOften, TooManyWait, SuggestedAlready and PatronErased. Must not run inside a
    transaction (see `accounts.buckets.reserve`).
    """
    if wait := reserve([bucket("suggestion", str(patron.pk), SUGGESTION_LIMIT)]):
        raise TooOften(wait)
    with transaction.atomic():
        stored = lock_for_change(patron=patron)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", TITLE_LOCK)
        same = WantedTitle.objects.open().same_as(**wish.keys)
        wanted = same.select_for_update(no_key=True).first()
        current = PurchaseSuggestion.objects.current().filter(patron=stored)
        if wanted and current.filter(wanted=wanted).exists():
            raise SuggestedAlready
        if not left_of(stored):
            raise TooManyWait
        typed = {name: getattr(wish, name) for name in ("title", "author", "publisher", "year")}
        if wanted is None:
            wanted = WantedTitle(**typed, **wish.keys)
        wanted.isbn = wanted.isbn or wish.isbn
        wanted.wanted_by += 1
        wanted.save()
        return PurchaseSuggestion.objects.create(
            patron=stored, wanted=wanted, **typed, isbn=wish.isbn, remark=wish.remark
        )


@transaction.atomic
def withdraw(*, patron: Patron, public_id: UUID) -> bool:
    """Take a patron's undecided wish back; False where there is none (any more)."""
    own = PurchaseSuggestion.objects.current().filter(patron=patron, public_id=public_id)
    undecided = WantedTitle.objects.undecided().filter(pk__in=own.values("wanted"))
    wanted = undecided.select_for_update(no_key=True).first()
    if wanted is None or not own.update(withdrawn_at=timezone.now()):
        return False
    _one_less(wanted)
    return True


@transaction.atomic
def decide(*, wanted_id: int, staff: User, decision: Decision) -> WantedTitle:
    """Record what staff decided on a title, for all who asked for it; raises TitleClosed."""
    titles = WantedTitle.objects.open().select_for_update(no_key=True)
    wanted = titles.filter(pk=wanted_id).first()
    if wanted is None or decision.state not in ALLOWED[TitleState(wanted.state)]:
        raise TitleClosed
    now = timezone.now()
    wanted.state, wanted.state_at, wanted.record = decision.state, now, decision.record
    wanted.save(update_fields=["state", "state_at", "record"])
    TitleDecision.objects.create(
        wanted=wanted,
        state=decision.state,
        reason=decision.reason or "",
        sentence=decision.sentence,
        note=decision.note,
        staff=staff,
        decided_at=now,
    )
    if decision.state in ANSWERS:
        current = PurchaseSuggestion.objects.current().filter(wanted=wanted)
        current.update(answered_at=now, told_at=None)
    label = wanted._meta.label_lower
    record(
        Event.TITLE_DECIDED,
        object_type=label,
        object_id=wanted.pk,
        reason=decision.reason or decision.state,
        actor=staff,
    )
    return wanted


def tell_answers(*, now: datetime | None = None) -> int:
    """Tell patrons of yesterday's and earlier answers, one message each; return how many.

    Today's are told tomorrow, all at once, so nobody gets two in a day. Safe to run at any time,
    twice at once, and again after it was killed: message, mail job and marks commit together.
    """
    now = now or timezone.now()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    waiting = PurchaseSuggestion.objects.to_be_told(today)
    patrons = waiting.order_by("patron_id").values_list("patron_id", flat=True).distinct()
    return sum(_tell(patron_id, today, now) for patron_id in list(patrons))


@transaction.atomic
def _tell(patron_id: int, today: datetime, now: datetime) -> bool:
    patron = Patron.objects.select_for_update().get(pk=patron_id)
    answered = PurchaseSuggestion.objects.to_be_told(today).filter(patron=patron)
    # An answer that comes meanwhile waits, and is told tomorrow.
    locked = answered.order_by("pk").select_for_update(of=("self",))
    keys = list(locked.values_list("pk", flat=True))
    if not keys:
        return False
    PurchaseSuggestion.objects.filter(pk__in=keys).update(told_at=now)
    text = message(MAIL, patron.language, count=len(keys))
    send(
        patron=patron,
        kind=NoticeKind.REQUEST_ANSWERED,
        recipient=patron.email,
        about=keys,
        **text._asdict(),
    )
    return True


def erase_suggestions(*, patron: Patron) -> None:
    """Delete a patron's wishes; an open title that nobody else asked for is withdrawn."""
    own = PurchaseSuggestion.objects.filter(patron=patron)
    titles = WantedTitle.objects.open().filter(pk__in=own.current().values("wanted"))
    for wanted in titles.order_by("pk").select_for_update(no_key=True):
        _one_less(wanted)
    own.delete()


def forget_closed() -> int:
    """Delete the wishes that ended long enough ago, whose titles stay without their patrons.

    Titles that all patrons took back go with them.
    """
    before = end_of(settings.RETENTION_REQUEST_DAYS)
    if before is None:
        return 0
    forgotten = delete_in_batches(PurchaseSuggestion.objects.over_before(before))
    titles = WantedTitle.objects.filter(state=TitleState.WITHDRAWN, state_at__lt=before)
    delete_in_batches(titles.filter(suggestions=None))
    return forgotten


def _one_less(wanted: WantedTitle) -> None:
    """Count one patron less at a title that is locked; what nobody wants any more is withdrawn."""
    wanted.wanted_by -= 1
    if not wanted.wanted_by and wanted.state in UNDECIDED:
        wanted.state, wanted.state_at = TitleState.WITHDRAWN, timezone.now()
    wanted.save(update_fields=["wanted_by", "state", "state_at"])
