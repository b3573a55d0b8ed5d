"""Everything whose time can be over, and what deletes it; `docs/data-retention.md` has the reasons.

The worker deletes what lives for minutes every few minutes, by the tasks of each app, and applies
all of this every night. Each rule works in batches of its own, so that a run can be killed, and
run twice or beside another one.
"""

import logging
from collections.abc import Callable, Iterator

from django.conf import settings
from django.contrib.admin.models import LogEntry

from accounts.buckets import delete_empty_buckets
from accounts.sessions import SessionStore
from audit.services import delete_old as delete_old_records
from circulation.files.retention import delete_old as delete_old_exchanged
from circulation.retention import delete_ended
from mylibrary.own_data.services import delete_closed_requests
from mylibrary.requests.services import forget_closed
from mylibrary.retention import purge_expired as purge_mylibrary
from myna_auth.services import purge_requests
from notices.retention import delete_old_mails, delete_old_messages
from patrons.models import PatronExport
from patrons.retention import delete_in_batches, end_of, erase_withdrawn
from registration.retention import delete_closed
from registration.retention import purge_expired as purge_applications

logger = logging.getLogger("oita_library")


def apply_rules() -> Iterator[tuple[str, int | None]]:
    """Apply every rule, one after the other; one that fails keeps no other from its work.

    Yields each kind and how much of it was deleted or erased; None: it failed, and the log says
    why.
    """
    for kind, rule in RULES.items():
        try:
            counted = rule()
        except Exception:
            logger.exception("a retention rule failed", extra={"event": "purge", "kind": kind})
            yield kind, None
            continue
        yield from {kind: counted}.items() if isinstance(counted, int) else counted.items()


def _withdrawn_patrons() -> int:
    before = end_of(settings.RETENTION_WITHDRAWN_DAYS)
    return erase_withdrawn(before=before) if before else 0


def _export_records() -> int:
    before = end_of(settings.RETENTION_EXPORT_RECORD_DAYS)
    records = PatronExport.objects
    return delete_in_batches(records.filter(finished_at__lt=before)) if before else 0


def _staff_log() -> int:
    before = end_of(settings.RETENTION_STAFF_LOG_DAYS)
    entries = LogEntry.objects
    return delete_in_batches(entries.filter(action_time__lt=before)) if before else 0


RULES: dict[str, Callable[[], int | dict[str, int]]] = {
    "drafts_and_reviews": lambda: purge_applications()._asdict(),
    "applications": delete_closed,
    "withdrawn_patrons": _withdrawn_patrons,
    "messages": delete_old_messages,
    "mails": delete_old_mails,
    "erasure_requests": delete_closed_requests,
    "requests": forget_closed,
    "unfinished_steps": purge_mylibrary,
    "ended_holds": delete_ended,
    "identity_requests": purge_requests,
    "sessions": SessionStore.clear_expired,
    "login_limits": delete_empty_buckets,
    "export_records": _export_records,
    "library_system": delete_old_exchanged,
    "staff_log": _staff_log,
    "audit_records": lambda: delete_old_records(days=settings.RETENTION_AUDIT_DAYS),
}
