"""A patron's loans and holds in one statement, for a page that is asked for all day.

With the ORM, sixty rows and their records took as long as the rest of the page twice over.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import connection

from branches.models import Branch
from catalog.models import BCP_47
from circulation.enums import OPEN_HOLDS, HoldState
from circulation.lending_rules import Act, Facts, Policy, decide
from circulation.port import STATUS_OF_HOLD, Counts, Document, Status
from patrons.models import Patron

_POLICY = tuple(Policy.__dataclass_fields__)
_BRANCH = ("id", "code", "name", "name_en")
# What is laid down stands beside each loan, so that it need not be asked for.
_ITEMS = f"""
SELECT true, loan.id, loan.title, loan.material, loan.due, NULL::date, loan.renewals,
    EXISTS (SELECT FROM circulation_hold AS hold
        JOIN patrons_patron AS other ON other.id = hold.patron_id AND other.withdrawn_at IS NULL
        WHERE hold.record_id = loan.record_id AND hold.state = 'waiting'
            AND hold.patron_id <> loan.patron_id
            AND (hold.suspended_until IS NULL OR hold.suspended_until < %(today)s))::int,
    record.id, record.title, record.volume, record.language, record.deleted_at,
    {", ".join(f"NULL::{kind}" for kind in ("bigint", "text", "text", "text"))},
    policy.id, {", ".join(f"policy.{name}" for name in _POLICY)}
FROM circulation_loan AS loan
LEFT JOIN catalog_record AS record ON record.id = loan.record_id
LEFT JOIN circulation_lendingpolicy AS policy ON true
WHERE loan.patron_id = %(patron)s
UNION ALL
SELECT false, hold.id, hold.title, hold.state, hold.keep_until, hold.suspended_until,
    hold.shelf_number,
    CASE WHEN hold.state = 'waiting' THEN 1 +
        (SELECT count(*) FROM circulation_hold AS before
         JOIN patrons_patron AS other ON other.id = before.patron_id AND other.withdrawn_at IS NULL
         WHERE before.record_id = hold.record_id AND before.state = 'waiting'
            AND before.id < hold.id)
    END,
    record.id, record.title, record.volume, record.language, record.deleted_at,
    {", ".join(f"pickup.{name}" for name in _BRANCH)},
    NULL, {", ".join("NULL" for _ in _POLICY)}
FROM circulation_hold AS hold
LEFT JOIN catalog_record AS record ON record.id = hold.record_id
LEFT JOIN branches_branch AS pickup ON pickup.id = hold.pickup_id
WHERE hold.patron_id = %(patron)s
ORDER BY 1, 5, 2
"""  # noqa: S608
_COUNTS = """
SELECT
    (SELECT count(*) FROM circulation_loan WHERE patron_id = %(patron)s),
    (SELECT count(*) FROM circulation_loan WHERE patron_id = %(patron)s AND due < %(today)s),
    count(*) FILTER (WHERE state = ANY(%(open)s)),
    count(*) FILTER (WHERE state = 'ready')
FROM circulation_hold WHERE patron_id = %(patron)s
"""
_WAITING, _READY, _EXPIRED = HoldState.WAITING, HoldState.READY, HoldState.EXPIRED


class Work(NamedTuple):
    """As much of a record as a list shows."""

    pk: int
    title: str
    volume: str
    language: str
    deleted_at: datetime | None

    @property
    def lang(self) -> str:
        return BCP_47.get(self.language, "ja")

    @property
    def name(self) -> str:
        return f"{self.title} {self.volume}".strip()


def counts_of(patron: Patron, today: date) -> Counts:
    """Return what is counted of a patron's rows on a day."""
    said = {"patron": patron.pk, "today": today, "open": [state.value for state in OPEN_HOLDS]}
    (row,) = _rows(_COUNTS, said)
    return Counts(*row)


def items_of(patron: Patron, today: date) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """Return a patron's loans, the first due first, and holds in the order they were asked for."""
    rows = _rows(_ITEMS, {"patron": patron.pk, "today": today})
    lent = [row for row in rows if row[0]]
    branches: dict[int, Branch] = {}
    holds = [_hold(row, branches) for row in rows if not row[0]]
    holds.sort(key=lambda hold: hold.pk)
    if not lent:
        return (), tuple(holds)
    known = partial(
        Facts,
        today=today,
        is_withdrawn=patron.withdrawn_at is not None,
        loans=len(lent),
        holds=sum(hold.status != Status.REJECTED for hold in holds),
        overdue_days=max((today - lent[0][4]).days, 0),
    )
    policy_id, *laid_down = lent[0][17:]
    policy = Policy(**dict(zip(_POLICY, laid_down, strict=True))) if policy_id else Policy()
    return tuple(_loan(row, known, policy) for row in lent), tuple(holds)


def _loan(row: Sequence[Any], known: Callable[..., Facts], policy: Policy) -> Document:
    _, pk, title, material, due, _, renewals, ahead = row[:8]
    work = None if row[8] is None else Work(*row[8:13])
    facts = known(material=material, ahead=ahead, due=due, renewals=renewals)
    return Document(
        pk=pk,
        status=Status.HELD,
        title=work.name if work else title,
        record=work,
        due=due,
        refusal=decide(Act.RENEW, facts, policy).refusal,
    )


def _hold(row: Sequence[Any], branches: dict[int, Branch]) -> Document:
    _, pk, title, state, keep_until, suspended_until, shelf, place = row[:8]
    work = None if row[8] is None else Work(*row[8:13])
    pickup = branches.get(row[13])
    if pickup is None and row[13] is not None:
        pickup = branches[row[13]] = Branch.from_db(connection.alias, _BRANCH, row[13:17])
    return Document(
        pk=pk,
        status=STATUS_OF_HOLD[state],
        title=work.name if work else title,
        record=work,
        position=place,
        pickup=pickup,
        suspended_until=suspended_until,
        keep_until=keep_until,
        shelf_number=shelf if state == _READY else None,
        can_change=state == _WAITING,
        can_cancel=state != _EXPIRED,
    )


def _rows(statement: str, said: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, said)
        return cursor.fetchall()
