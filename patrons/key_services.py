"""Writes after a change of the folding: stored matching keys are computed again."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import transaction

from patrons.matching.addresses import address_key
from patrons.matching.keys import email_key, kana_key, name_key
from patrons.models import Patron
from patrons.retention import lock_patron
from patrons.services import next_namesake_no

KEYS = ("name_key", "kana_key", "address_key", "email_key")
BATCH_SIZE = 1000


class Change(NamedTuple):
    """A patron whose stored keys are not those of the folding.

    `keys` are the columns that change, `namesakes` the numbers of other patrons who have, with the
    new keys, the same name and birth date: somebody may be registered twice.
    """

    number: str
    keys: tuple[str, ...]
    namesakes: tuple[str, ...]


class Batch(NamedTuple):
    checked: int
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class _Unwritten:
    """What a dry run has not stored: who has another name key by now, and those who are active."""

    renamed: set[str] = field(default_factory=set)
    active: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, patron: Patron) -> None:
        self.renamed.add(patron.number)
        if patron.withdrawn_at is None:
            self.active[patron.name_key, patron.birth_date].add(patron.number)

    def namesakes(self, patron: Patron, stored: set[str]) -> set[str]:
        return stored - self.renamed | self.active.get((patron.name_key, patron.birth_date), set())


def recompute_keys(*, write: bool, batch_size: int = BATCH_SIZE) -> Iterator[Batch]:
    """Compute the keys of every patron who is not erased, in batches by primary key.

    With `write` each patron who changes is one short transaction, so a run can be stopped at any
    point and begun again; without, the same is told, and memory grows with those whose name key
    changes. Where a new name key is another patron's of the same birth date, the next `namesake_no`
    is given. `updated_at` stays: the library system knows no keys.
    """
    last, unwritten = 0, _Unwritten()
    while True:
        patrons = list(
            Patron.objects.filter(erased_at=None, pk__gt=last).order_by("pk")[:batch_size]
        )
        if not patrons:
            return
        last = patrons[-1].pk
        changes = [
            _store(patron.pk) if write else _change(patron, unwritten)
            for patron in patrons
            if _outdated(patron)
        ]
        yield Batch(checked=len(patrons), changes=tuple(filter(None, changes)))


def _outdated(patron: Patron) -> dict[str, str]:
    """Return the keys that are not those of the folding, as they should be."""
    keys = {
        "name_key": name_key(patron.name),
        "kana_key": kana_key(patron.last_name_kana + patron.first_name_kana),
        "address_key": address_key(patron.address),
        "email_key": email_key(patron.email),
    }
    return {name: key for name, key in keys.items() if getattr(patron, name) != key}


def _change(patron: Patron, unwritten: _Unwritten | None = None) -> Change | None:
    """Give a patron the new keys, in memory, and say what they change; None: nothing."""
    outdated = _outdated(patron)
    if not outdated:
        return None
    for name, key in outdated.items():
        setattr(patron, name, key)
    namesakes: set[str] = set()
    if "name_key" in outdated:
        others = Patron.objects.named(patron.name_key, patron.birth_date).exclude(pk=patron.pk)
        namesakes = set(others.values_list("number", flat=True))
        if unwritten:
            namesakes = unwritten.namesakes(patron, namesakes)
            unwritten.add(patron)
    return Change(patron.number, tuple(outdated), tuple(sorted(namesakes)))


@transaction.atomic
def _store(patron_id: int) -> Change | None:
    patron = lock_patron(patron_id=patron_id)
    if patron is None or patron.erased_at is not None:
        return None
    change = _change(patron)
    if change is None:
        return None
    if "name_key" in change.keys:
        # This patron still stands there by the former key.
        namesake = {"name_key": patron.name_key, "birth_date": patron.birth_date}
        if Patron.objects.filter(**namesake, namesake_no=patron.namesake_no).exists():
            patron.namesake_no = next_namesake_no(**namesake)
    patron.save(update_fields=[*KEYS, "namesake_no"])
    return change
