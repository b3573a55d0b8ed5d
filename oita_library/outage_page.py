"""The page for a database that is away, hangs, or is held by somebody else: 503, never a 500."""

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout

from oita_library.error_pages import error_page
from outages.database import patience
from patrons.services import is_import_under_way

RETRY_AFTER_SECONDS = 60
LOCK_NOT_AVAILABLE = "55P03"
# The server itself said that it took the statement, and with it the transaction, back; another one
# of the same request may have been committed before.
NOTHING_DONE = frozenset({LOCK_NOT_AVAILABLE, "57014", "40P01", "40001"})


def is_outage(error: BaseException | None) -> bool:
    """Return whether an error is the database's state, nobody's fault in the program."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout)


def outage_page(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Answer with 503 and Retry-After, and say what became of the operation as far as known.

    What was typed comes along, to be sent again with one press; not where a password is among it.
    """
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    context = {
        "updating": sqlstate == LOCK_NOT_AVAILABLE and _is_updating(),
        "nothing_done": sqlstate in NOTHING_DONE and not _has_committed(),
        "posted": request.method == "POST",
        "fields": _fields_to_send_again(request),
        "address": request.get_full_path(),
    }
    response = error_page("503.html", 503, **context)
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _has_committed() -> bool:
    asking = patience.current_request()
    return asking is not None and asking.has_committed


def _is_updating() -> bool:
    try:
        return is_import_under_way()
    except (DatabaseError, PoolTimeout):
        return False


def _fields_to_send_again(request: HttpRequest) -> list[tuple[str, str]]:
    """Return names and values of the form that was sent, or nothing where it must not be shown."""
    if request.method != "POST" or any("password" in name for name in request.POST):
        return []
    return [(name, value) for name, values in request.POST.lists() for value in values]
