"""How long PostgreSQL itself lets a statement run and wait for a lock, by what the process is.

One rule: gunicorn's processes have the short limits, the worker generous ones, and
any other command none, because an import, a migration or a purge may take its time. The limits
travel in the connection's startup packet. A transaction pooler shares its connections among
processes and takes no such packet: with DATABASE_DIRECT_URL set, which says that there is one,
nothing is sent, and the pooler sets the limits itself (docs/operations.md).

They end what waits for a lock, and statements nobody waits for any more. A server that is stopped
does not count its own time: `patience` does that for the requests.
"""

from typing import NamedTuple

from django.conf import settings


class Limits(NamedTuple):
    """Seconds a statement may take, and of these wait for a lock; 0 is as long as it takes."""

    statement: int
    lock: int


NONE = Limits(statement=0, lock=0)
WEB = Limits(statement=3, lock=2)
WORKER = Limits(statement=30 * 60, lock=60)

_of_this_process = NONE


def use(limits: Limits) -> None:
    """Set the limits of this process, before its first connection."""
    global _of_this_process
    _of_this_process = limits


def startup_options() -> str:
    """Return what a new connection tells the server, "" where nothing is to be said."""
    if _of_this_process == NONE or settings.DATABASE_DIRECT_URL:
        return ""
    return (
        f"-c statement_timeout={_of_this_process.statement}s"
        f" -c lock_timeout={_of_this_process.lock}s"
    )
