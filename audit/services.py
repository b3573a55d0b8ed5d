"""Writing the record of what was done, by whom and from where; deleting what is old enough."""

import ipaddress
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from audit.enums import ActorKind, Event
from audit.models import LONGEST_CODE

logger = logging.getLogger("audit")

ROWS_AT_ONCE = 5000
MOST_FIELDS = 100
MALFORMED = "malformed"
_SALT = "audit.network"
_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)
_process: ContextVar[ActorKind] = ContextVar("audit_process", default=ActorKind.COMMAND)
# Nothing that a person typed or is called gets through by mistake.
_WORD = re.compile(rf"(?:[a-z][a-z0-9_.-]{{0,{LONGEST_CODE - 1}}})?")
_ID = re.compile("[0-9]{0,19}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Not with the ORM, whose query takes several times as long to build as this one to run. What a
# stranger can bring about without end is stored once a minute: an index says so.
_INSERT = """
INSERT INTO audit_record (event, actor_kind, actor_id, patron_id, object_type, object_id, fields,
    reason, count, network)
SELECT what.event, %s, %s::bigint, patron_id, %s, object_id, string_to_array(what.fields, ','), %s,
    %s::integer, %s
FROM unnest(%s::varchar[], %s::varchar[], %s::bigint[], %s::varchar[])
    AS what (event, fields, patron_id, object_id)
ON CONFLICT DO NOTHING
"""
_DELETE = """
DELETE FROM audit_record WHERE id = ANY(ARRAY(
    SELECT id FROM audit_record WHERE at < now() - make_interval(days => %s)
    ORDER BY at LIMIT %s FOR UPDATE SKIP LOCKED
))
"""


class AuditMiddleware:
    """Let whatever is recorded while a request is answered know who sent it, and from where.

    Stands below the middleware that puts the client's own address into REMOTE_ADDR.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            return self.get_response(request)


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """What is recorded now is done by whoever sent this request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def run_as_worker() -> None:
    """What this process, or this asynchronous task, records from now on is done by the worker."""
    _process.set(ActorKind.WORKER)


def record(
    event: Event,
    *,
    patron_id: int | None = None,
    object_id: object = "",
    each: Sequence[tuple[int | None, object]] = (),
    object_type: str = "",
    fields: Iterable[str] = (),
    reason: str = "",
    count: int | None = None,
    actor: AbstractBaseUser | None = None,
    then: Event | None = None,
) -> None:
    """Record that something was done, in the caller's transaction: one INSERT, one line of the log.

    Who and from where is taken from the request that is being answered; `actor` names somebody
    else. `patron_id` is whom it was done to; `object_type` a model's label (`patrons.patron`),
    `object_id` its key, a number or UUID; `fields` names of columns; `reason` a word of ours.
    `count` says of how many, where there are several; `each` are the keys of several patrons and
    objects, for a row and a line each. `then` is what was done to the patron with it, besides.

    What has to be known although it failed is recorded outside the transaction that is rolled back.
    What is no word and no key is recorded as MALFORMED, never as it is; nothing is raised for it.
    """
    request = _request.get()
    kind, user_id = _actor(request, actor)
    names = ",".join(_only(_WORD, name) for name in sorted(fields)[:MOST_FIELDS])
    named: dict[str, Any] = {
        "actor_kind": str(kind),
        "actor_id": user_id,
        "object_type": _only(_WORD, object_type),
        "reason": _only(_WORD, reason),
        "count": count,
        "network": network_code(request.META.get("REMOTE_ADDR", "")) if request else "",
    }
    done = str(Event(event))
    rows: list[dict[str, Any]] = [
        {"event": done, "fields": names, "patron_id": patron, "object_id": _only(_ID, key)}
        for patron, key in each or [(patron_id, object_id)]
    ]
    if then:
        rows.append({"event": str(then), "fields": "", "patron_id": patron_id, "object_id": ""})
    columns = map(list, zip(*(row.values() for row in rows), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*named.values(), *columns])
        if not cursor.rowcount:
            return

    def log() -> None:
        for row in rows:
            entry = named | row
            told = {name: value for name, value in entry.items() if value not in ("", None)}
            logger.info("audit", extra=told)

    transaction.on_commit(log)


def network_code(address: str) -> str:
    """Return the keyed hash of an address's network (IPv4 /24, IPv6 /48), "" for no address.

    One network has one code as long as SECRET_KEY stays; without the key nobody can tell which.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    prefix = 24 if parsed.version == 4 else 48
    network = ipaddress.ip_network((parsed.packed, prefix), strict=False)
    return salted_hmac(_SALT, str(network), algorithm="sha256").hexdigest()[:32]


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


def _actor(request: HttpRequest | None, user: Any) -> tuple[ActorKind, int | None]:
    if user is None:
        if request is None:
            return _process.get(), None
        user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ActorKind.NOBODY, None
    is_staff = getattr(user, "is_staff", False)
    return ActorKind.STAFF if is_staff else ActorKind.PATRON, user.pk


def _only(shape: re.Pattern[str], value: object) -> str:
    text = str(value)
    return text if shape.fullmatch(text) else MALFORMED
