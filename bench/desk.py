"""What the staff's desk holds beside a million patrons, and the pages that read it.

As many lines of the record and messages as patrons, over two years; an application of one in
twenty. A page is an address with its parameters.
"""

from collections.abc import Iterator
from typing import Any

YEARS = "interval '730 days'"
STAFF = 40
Page = tuple[str, dict[str, str]]
ALL_TIME = {"since": "", "until": ""}
RECORD = "/admin/audit/record/"
NOTICES = "/admin/notices/notice/"
APPLICATIONS = "/admin/registration/application/"
# A line in `one_in` is of the event, the first that fits; the rest are logins.
EVENTS = {"rights_changed": 50_000, "notable_opened": 2_000, "staff_opened": 5, "staff_listed": 7}
OF_PATRONS = "('login', 'staff_opened', 'notable_opened')"

_EVENT = " ".join(f"WHEN mod(n, {one_in}) = 1 THEN '{event}'" for event, one_in in EVENTS.items())
_RECORDS = f"""
INSERT INTO audit_record (at, event, actor_kind, actor_id, patron_id, object_type, object_id,
    fields, reason, network)
SELECT now() - (mod(n * 7919, 1000003)) / 1000003.0 * {YEARS}, event,
    CASE event WHEN 'login' THEN 'patron' ELSE 'staff' END,
    CASE event WHEN 'login' THEN NULL ELSE mod(n, {STAFF}) + 1 END,
    CASE WHEN event IN {OF_PATRONS} THEN id END, 'patrons.patron', id, '{{}}', '', ''
FROM (SELECT n, id, CASE {_EVENT} ELSE 'login' END AS event
    FROM (SELECT row_number() OVER (ORDER BY id) AS n, id FROM patrons_patron) AS numbered
    WHERE n > %s) AS made
"""
_NOTICES = f"""
INSERT INTO notices_notice (patron_id, kind, subject, body, recipient, message_id, created_at,
    sent_at, failed_at, attempts, last_error_code)
SELECT id, CASE mod(n, 3) WHEN 0 THEN 'mynumber_linked' ELSE 'registration_received' END,
    'subject', 'body', email, '<' || id || '@bench.example>', at,
    CASE WHEN mod(n, 5000) = 0 THEN NULL ELSE at END, CASE WHEN mod(n, 5000) = 0 THEN at END, 1, ''
FROM (SELECT n, id, email, now() - (mod(n * 7919, 1000003)) / 1000003.0 * {YEARS} AS at
    FROM (SELECT row_number() OVER (ORDER BY id) AS n, id, email FROM patrons_patron) AS numbered
    WHERE n > %s) AS made
"""


def grow() -> None:
    """Let the record, the messages and the applications be those of the patrons there are."""
    from django.db import connection

    from registration.application.models import Application

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notices_notice")
        (before,) = cursor.fetchone()
        for statement in (_RECORDS, _NOTICES):
            cursor.execute(statement, [before])
    Application.objects.bulk_create(_applications(before), batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registration_application SET created_at = registered_at")
        cursor.execute("VACUUM ANALYZE audit_record, notices_notice, registration_application")


def _applications(before: int) -> Iterator[Any]:
    from patrons.models import Patron
    from registration.application.enums import State
    from registration.application.models import Application

    known = Application.objects.values("patron")
    online = Patron.objects.filter(registered_via="online").exclude(pk__in=known)
    for patron in online.iterator():
        yield Application(
            patron=patron,
            state=State.REGISTERED,
            registered_at=patron.registered_at,
            expires_at=patron.registered_at,
            contact_method=patron.contact_method,
            municipality_code=patron.municipality_code,
            residency_reason=patron.residency_reason,
        )


def pages(patron: Any) -> dict[str, Page]:
    """Return the measured pages, each under what it is called."""
    return {
        "the patron's page": (f"/admin/patrons/patron/{patron.pk}/change/", {}),
        "record: a month": (RECORD, {}),
        "record: all of a patron": (RECORD, {"q": patron.number, **ALL_TIME}),
        "record: all of a member of staff": (RECORD, {"who": str(STAFF), **ALL_TIME}),
        "record: openings of a month": (RECORD, {"what": "opening_kind"}),
        "record: a rare event, ever": (RECORD, {"what": "rights_changed", **ALL_TIME}),
        "record: days and kinds of a month": (f"{RECORD}days/", {}),
        "notable openings, ever": ("/admin/audit/notableopening/", ALL_TIME),
        "messages": (NOTICES, {}),
        "messages: not sent": (NOTICES, {"mail": "failed"}),
        "messages: of a patron": (NOTICES, {"q": patron.number}),
        "applications": (APPLICATIONS, {}),
        "applications: of a patron": (APPLICATIONS, {"q": patron.number}),
        "applications: by name": (APPLICATIONS, {"q": patron.name}),
    }
