"""Looking for stored patrons who may be one person, and what staff find out about them.

The rules are those of a registration (`patrons.services.find_duplicates`). Patrons are looked at in
the order in which they changed, imported ones included, from where the last run ended; the first
run, and one after a change of the rules, looks at all. A batch is one short transaction, so a run
can be stopped at any point and begun again. No patron is locked.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from time import monotonic
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from audit.enums import Event
from audit.services import record
from patrons.doubles.models import DoubleSearch, DoubleVerdict, PossibleDouble, Strength
from patrons.matching.duplicates import Applicant
from patrons.matching.keys import KEYS_VERSION
from patrons.matching.weights import HINT, POSSIBLE, TABLE
from patrons.models import Patron, RegisteredVia
from patrons.services import find_duplicates, is_import_under_way
from ui.stale_page import mark_of

BATCH_SIZE = 200
# Who changed so shortly ago may not be committed yet: the next run sees them.
SETTLED_AFTER = timedelta(seconds=30)
# So long after somebody registered online though somebody is alike, staff have looked.
LOOK_WITHIN = timedelta(days=7)
_OF_AN_APPLICANT = (
    *("name", "birth_date", "address", "last_name_kana", "first_name_kana", "postal_code"),
    *("phone", "email", "contact_method"),
)


class Looked(NamedTuple):
    """How many patrons a batch looked at, and how many pairs it found that were not known."""

    patrons: int
    found: int


class DoubleDecided(Exception):
    """The pair no longer waits: somebody else decided on it, or it went with a patron's data."""


class DoubleChanged(Exception):
    """The two patrons no longer are what the page in front of the staff showed."""


class ImportUnderWay(Exception):
    """An import is writing patrons, who could not be seen yet: nothing was looked at."""


class _Pair(NamedTuple):
    first: int
    second: int


class _Found(NamedTuple):
    strength: Strength
    fields: tuple[str, ...]


@cache
def rules_version() -> str:
    """Return what changes with the keys and the weights: everybody is looked at again then."""
    table = sha256(TABLE.read_bytes()).hexdigest()[:12]
    return f"{KEYS_VERSION} {table} {POSSIBLE} {HINT}"


def search_anew() -> None:
    """Let the next search look at everybody."""
    DoubleSearch.objects.update(changed_at=None, last_id=0)


def search(*, now: datetime | None = None, batch_size: int = BATCH_SIZE) -> Iterator[Looked]:
    """Look at the patrons who changed since the last run, batch by batch.

    Raises ImportUnderWay, before anybody is looked at.
    """
    until = (now or timezone.now()) - SETTLED_AFTER
    with transaction.atomic():
        if is_import_under_way():
            raise ImportUnderWay
        DoubleSearch.objects.get_or_create(pk=1, defaults={"rules": rules_version()})
    while (looked := _look_at_some(until, batch_size)).patrons:
        yield looked


def search_for(lasts: timedelta) -> Iterator[Looked]:
    """Search until nobody is left or the time is over; raises ImportUnderWay."""
    end = monotonic() + lasts.total_seconds()
    for looked in search():
        yield looked
        if monotonic() >= end:
            return


@transaction.atomic
def _look_at_some(until: datetime, batch_size: int) -> Looked:
    place = DoubleSearch.objects.select_for_update().get(pk=1)
    is_ahead = place.changed_at is not None and place.changed_at > until + LOOK_WITHIN
    if place.rules != rules_version() or is_ahead:
        # Ahead is what a wrong clock wrote: who changed since would never be looked at.
        place.rules, place.changed_at, place.last_id = rules_version(), None, 0
    changed = Patron.objects.changed_after(place.changed_at, place.last_id, until)
    patrons = list(changed[:batch_size])
    if not patrons:
        return Looked(patrons=0, found=0)
    found: dict[_Pair, _Found] = {}
    for patron in patrons:
        if patron.withdrawn_at is None:
            found |= _pairs_of(patron)
    new = _store(patrons, found)
    place.changed_at, place.last_id = patrons[-1].updated_at, patrons[-1].pk
    place.save()
    return Looked(patrons=len(patrons), found=new)


def _pairs_of(patron: Patron) -> dict[_Pair, _Found]:
    """Apply the duplicate rules to a stored patron as to an applicant without a card."""
    person = Applicant(
        issuer="", subject="", **{name: getattr(patron, name) for name in _OF_AN_APPLICANT}
    )
    decision = find_duplicates(applicant=person, cleared_ids=[patron.pk])
    # Whom an earlier rule matched is in `patron_ids`, whom a later one in `agreeing` alone.
    possible = {*decision.patron_ids, *decision.agreeing} - {*decision.hint_ids}
    strengths = dict.fromkeys(decision.hint_ids, Strength.HINT)
    strengths |= dict.fromkeys(possible, Strength.POSSIBLE)
    return {
        _pair(patron.pk, other): _Found(strength, tuple(decision.agreeing.get(other, ())))
        for other, strength in strengths.items()
    }


def _store(patrons: Collection[Patron], found: dict[_Pair, _Found]) -> int:
    """Store new pairs, bring waiting ones up to date, delete those that no longer are; count new.

    What staff decided stays as it is, but goes with the data of an erased patron.
    """
    erased = [patron.pk for patron in patrons if patron.erased_at]
    PossibleDouble.objects.of_patrons(erased).delete()
    known = PossibleDouble.objects.of_patrons([patron.pk for patron in patrons])
    stored = {_Pair(double.first_id, double.second_id): double for double in known}
    waiting = {pair: double for pair, double in stored.items() if not double.verdict}
    gone = [double.pk for pair, double in waiting.items() if pair not in found]
    PossibleDouble.objects.filter(pk__in=gone, verdict="").delete()
    for pair, double in waiting.items():
        now = found.get(pair)
        if now and now != (double.strength, tuple(double.fields)):
            PossibleDouble.objects.filter(pk=double.pk, verdict="").update(
                strength=now.strength, fields=list(now.fields)
            )
    new = sorted(found.keys() - stored.keys())
    registered = _registered_online(new)
    PossibleDouble.objects.bulk_create(
        [
            PossibleDouble(
                first_id=pair.first,
                second_id=pair.second,
                strength=found[pair].strength,
                fields=list(found[pair].fields),
                look_by=_look_by(registered.get(patron_id) for patron_id in pair),
            )
            for pair in new
        ],
        ignore_conflicts=True,
    )
    return len(new)


def _registered_online(pairs: Iterable[_Pair]) -> dict[int, datetime]:
    """Return when each registered of those who did so online, a short time ago."""
    ids = {patron_id for pair in pairs for patron_id in pair}
    recent = Patron.objects.filter(
        pk__in=ids,
        registered_via=RegisteredVia.ONLINE,
        registered_at__gt=timezone.now() - LOOK_WITHIN,
    )
    return dict(recent.values_list("pk", "registered_at"))


def _look_by(registered: Iterable[datetime | None]) -> date | None:
    days = [timezone.localdate(moment + LOOK_WITHIN) for moment in registered if moment]
    return min(days, default=None)


def _pair(one: int, other: int) -> _Pair:
    return _Pair(min(one, other), max(one, other))


def mark(double: PossibleDouble) -> str:
    """Return a keyed digest of all that staff see of a pair, so that a stale page is recognised."""
    seen: list[object] = [double.pk, double.verdict]
    for patron in (double.first, double.second):
        seen += [patron.pk, patron.updated_at, patron.withdrawn_at, patron.withheld_at]
    return mark_of("double", seen)


@transaction.atomic
def decide_double(
    *, double_id: int, staff: User, verdict: DoubleVerdict, note: str, shown: str
) -> PossibleDouble:
    """Record what staff found out about two patrons; nothing else changes.

    `shown` is the `mark` of what the page showed. Raises DoubleDecided and DoubleChanged.
    """
    waiting = PossibleDouble.objects.waiting().select_related("first", "second")
    double = waiting.select_for_update(of=("self",)).filter(pk=double_id).first()
    if double is None:
        raise DoubleDecided
    if not constant_time_compare(shown, mark(double)):
        raise DoubleChanged
    double.verdict, double.note = verdict, note
    double.staff, double.decided_at = staff, timezone.now()
    double.save(update_fields=["verdict", "note", "staff", "decided_at"])
    label = double._meta.label_lower
    each = [(patron_id, double.pk) for patron_id in (double.first_id, double.second_id)]
    record(Event.DOUBLE_DECIDED, each=each, object_type=label, reason=verdict, actor=staff)
    return double


def note_other_people(*, patron: Patron, others: Iterable[int], staff_id: int, note: str) -> None:
    """Note that staff found a patron to be none of others, before this one was registered."""
    now = timezone.now()
    PossibleDouble.objects.bulk_create(
        [
            PossibleDouble(
                first_id=pair.first,
                second_id=pair.second,
                strength=Strength.POSSIBLE,
                verdict=DoubleVerdict.OTHER_PERSON,
                note=note,
                staff_id=staff_id,
                found_at=now,
                decided_at=now,
            )
            for pair in (_pair(patron.pk, other) for other in others)
        ],
        ignore_conflicts=True,
    )
