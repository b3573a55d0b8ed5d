"""Writes after a change of the residency rule: stored decisions are taken again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from audit.enums import Event
from audit.services import record
from patrons.models import Patron
from patrons.residency import RULES, ResidencyDecision, ResidencyReason, RuleTable, decide

COLUMNS = ("municipality_code", "residency_reason", "residency_rule_version")
BATCH_SIZE = 1000


class Stored(NamedTuple):
    """A decision as its three columns hold it, all of them empty where there is none yet."""

    municipality_code: str
    reason: str
    rule_version: str

    @classmethod
    def of(cls, decision: ResidencyDecision) -> "Stored":
        return cls(decision.municipality_code or "", decision.reason.value, decision.rule_version)


class Change(NamedTuple):
    """A stored decision and the one the rule gives now; `label` is what staff know the row by."""

    pk: Any
    label: str
    before: Stored
    after: Stored

    @property
    def is_version_only(self) -> bool:
        return self.before[:2] == self.after[:2]


class Batch(NamedTuple):
    """What one step looked at, and of it what changes.

    `left` counts rows that change but were not written: a request held them, or closed them.
    """

    checked: int
    changes: tuple[Change, ...]
    left: int = 0


def recheck_patrons(
    *, write: bool, rules: RuleTable = RULES, batch_size: int = BATCH_SIZE
) -> Iterator[Batch]:
    """Decide on every active patron with an address anew, see `recheck`.

    A changed table moves nobody: `moved_out_at` is never set here, and is cleared where the address
    lies inside the area now.
    """
    return recheck(
        rows=Patron.objects.active().exclude(address=""),
        label="number",
        write=write,
        rules=rules,
        batch_size=batch_size,
        when_eligible={"moved_out_at": None},
    )


def recheck(
    *,
    rows: QuerySet,
    label: str,
    write: bool,
    rules: RuleTable = RULES,
    batch_size: int = BATCH_SIZE,
    when_eligible: Mapping[str, Any] | None = None,
) -> Iterator[Batch]:
    """Decide anew on rows that have an `address` and the three columns, in batches by key.

    With `write` each batch is one short transaction, so a run can be stopped at any point and
    begun again. Rows that are locked are passed over: a request holds them, and waiting for several
    of them at once could end in a deadlock for the applicant.
    """
    last = None
    while True:
        page = rows if last is None else rows.filter(pk__gt=last)
        found = list(_read(page.order_by("pk")[:batch_size], label, rules))
        if not found:
            return
        last = found[-1].pk
        changes = [change for change in found if change.before != change.after]
        left = 0
        if write and changes:
            pks = [change.pk for change in changes]
            locked = _write(rows, label, rules, pks, when_eligible or {})
            changes = [change for change in locked if change.before != change.after]
            left = len(pks) - len(locked)
        yield Batch(checked=len(found), changes=tuple(changes), left=left)


def _read(rows: QuerySet, label: str, rules: RuleTable) -> Iterator[Change]:
    for pk, name, address, *before in rows.values_list("pk", label, "address", *COLUMNS):
        after = Stored.of(decide(address, rules))
        yield Change(pk=pk, label=str(name), before=Stored(*before), after=after)


@transaction.atomic
def _write(
    rows: QuerySet, label: str, rules: RuleTable, pks: list[Any], when_eligible: Mapping[str, Any]
) -> list[Change]:
    # Read again under the lock: an address may just have been changed by a reading of the card.
    locked = rows.filter(pk__in=pks).select_for_update(skip_locked=True, of=("self",))
    changes = list(_read(locked.order_by("pk"), label, rules))
    groups: dict[Stored, list[Any]] = defaultdict(list)
    for change in changes:
        groups[change.after].append(change.pk)
    for after, members in groups.items():
        columns = dict(zip(COLUMNS, after, strict=True))
        if after.reason == ResidencyReason.ELIGIBLE:
            columns |= when_eligible
        rows.model.objects.filter(pk__in=members).update(**columns)
    if changes:
        kind = rows.model._meta.label_lower
        record(Event.RESIDENCY_DECIDED, object_type=kind, count=len(changes))
    return changes
