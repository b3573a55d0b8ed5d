"""Writing the record of what was done, and deleting what has been kept long enough."""

import logging
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from audit.context import current_actor, current_network
from audit.enums import Event
from audit.models import LONGEST_CODE

logger = logging.getLogger("audit")

ROWS_AT_ONCE = 5000
MOST_FIELDS = 100
# Nothing that a person typed or is called gets through by mistake.
_WORD = re.compile(rf"(?:[a-z][a-z0-9_.-]{{0,{LONGEST_CODE - 1}}})?")
_ID = re.compile("[0-9]{0,19}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MALFORMED = "malformed"

# Not with the ORM, whose query takes several times as long to build as this one to run. What a
# stranger can bring about without end is stored once a minute: an index says so.
_INSERT = """
INSERT INTO audit_record (event, actor_kind, actor_id, patron_id, object_type, object_id, fields,
    reason, count, network)
SELECT %s, %s, %s::bigint, whom.patron_id, %s, whom.object_id, %s::varchar[], %s, %s::integer, %s
FROM unnest(%s::bigint[], %s::varchar[]) AS whom (patron_id, object_id)
ON CONFLICT DO NOTHING
"""
_DELETE = """
DELETE FROM audit_record WHERE id = ANY(ARRAY(
    SELECT id FROM audit_record WHERE at < now() - make_interval(days => %s)
    ORDER BY at LIMIT %s FOR UPDATE SKIP LOCKED
))
"""


def record(
    event: Event,
    *,
    patron_id: int | None = None,
    reason: str = "",
    object_type: str = "",
    object_id: object = "",
    fields: Iterable[str] = (),
    count: int | None = None,
    actor: AbstractBaseUser | None = None,
) -> None:
    """Record that something was done, in the caller's transaction: one INSERT, one line of the log.

    Who and from where is taken from the request that is being answered; `actor` names somebody
    else. `patron_id` is whom it was done to; `object_type` a model's label (`patrons.patron`),
    `object_id` its key, a number or UUID; `fields` names of columns; `reason` a word of ours.
    `count` says of how many, where there are several.

    What has to be known although it failed is recorded outside the transaction that is rolled back.
    What is no word and no key is recorded as MALFORMED, never as it is; nothing is raised for it.
    """
    record_each(
        event,
        [(patron_id, object_id)],
        reason=reason,
        object_type=object_type,
        fields=fields,
        count=count,
        actor=actor,
    )


def record_each(
    event: Event,
    whom: Sequence[tuple[int | None, object]],
    *,
    reason: str = "",
    object_type: str = "",
    fields: Iterable[str] = (),
    count: int | None = None,
    actor: AbstractBaseUser | None = None,
) -> None:
    """Record what was done to several in one go, for each pair of a patron's and an object's key.

    Otherwise as `record`: one INSERT for all, a row and a line of the log for each.
    """
    who = current_actor(actor)
    names = [_only(_WORD, name) for name in sorted(fields)[:MOST_FIELDS]]
    named: dict[str, Any] = {
        "event": str(Event(event)),
        "actor_kind": str(who.kind),
        "actor_id": who.user_id,
        "object_type": _only(_WORD, object_type),
        "fields": names,
        "reason": _only(_WORD, reason),
        "count": count,
        "network": current_network(),
    }
    patrons = [patron_id for patron_id, _ in whom]
    objects = [_only(_ID, object_id) for _, object_id in whom]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*named.values(), patrons, objects])
        if cursor.rowcount:
            logged = named | {"fields": ",".join(names)}
            transaction.on_commit(partial(_log, logged, patrons, objects))


def delete_old(*, days: int) -> int:
    """Delete the records that have been kept for so many days; return how many.

    The only way to delete any: the trigger wants to be told the days, in the same transaction.
    """
    deleted = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('audit.keep_days', %s, true)", [str(days)])
            cursor.execute(_DELETE, [days, ROWS_AT_ONCE])
            count = cursor.rowcount
        if not count:
            return deleted
        deleted += count


def _only(shape: re.Pattern[str], value: object) -> str:
    text = str(value)
    return text if shape.fullmatch(text) else MALFORMED


def _log(named: dict[str, Any], patrons: Sequence[int | None], objects: Sequence[str]) -> None:
    for patron_id, object_id in zip(patrons, objects, strict=True):
        entry = named | {"patron_id": patron_id, "object_id": object_id}
        logger.info(
            "audit", extra={name: value for name, value in entry.items() if value not in ("", None)}
        )
