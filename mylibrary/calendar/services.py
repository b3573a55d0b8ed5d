"""Making, changing and ending a calendar's address, and finding whose it is."""

from uuid import UUID, uuid4

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils import timezone

from mylibrary.calendar.models import CalendarFeed
from mylibrary.security_notices import SecurityChange, tell_of_change
from patrons.models import Patron
from patrons.services import lock_for_change
from patrons.withholding.services import was_withheld


@transaction.atomic
def make(*, patron: Patron, has_titles: bool) -> CalendarFeed:
    """Give a patron's calendar an address, in place of one before, and tell the patron.

    Whoever made it reads there without a login. Raises PatronErased.
    """
    locked = lock_for_change(patron=patron)
    said = {"name": uuid4(), "has_titles": has_titles, "made_at": timezone.now()}
    feed, _ = CalendarFeed.objects.update_or_create(patron=locked, defaults=said)
    tell_of_change(patron=locked, what=SecurityChange.CALENDAR)
    return feed


def of(patron: Patron) -> CalendarFeed | None:
    """Return a patron's calendar whose address leads somewhere."""
    feed = CalendarFeed.objects.filter(patron=patron).first()
    return feed if feed and _is_open(feed, patron) else None


def end(*, patron: Patron) -> bool:
    """Let the address lead nowhere; False where there is none."""
    return bool(CalendarFeed.objects.filter(patron=patron).delete()[0])


def key_of(feed: CalendarFeed) -> str:
    """Return what the address has and no table: made anew whenever the patron looks at it."""
    return _signer().sign(feed.name.hex)


def opened_by(key: str) -> CalendarFeed | None:
    """Return the calendar that a key opens; None also where its patron is not to be told of."""
    try:
        name = UUID(_signer().unsign(key))
    except (BadSignature, ValueError):
        return None
    feed = CalendarFeed.objects.filter(name=name).select_related("patron").first()
    return feed if feed and _is_open(feed, feed.patron) else None


def _is_open(feed: CalendarFeed, patron: Patron) -> bool:
    """Return whether an address is good; 情報秘匿 ends one for ever: it may be somebody else's."""
    return not (patron.withdrawn_at or patron.is_withheld or was_withheld(patron, feed.made_at))


def _signer() -> Signer:
    return Signer(salt="mylibrary.calendar")
