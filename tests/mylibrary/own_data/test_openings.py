"""自分の情報 tells how often staff opened the record: by month and kind, and nothing else."""

import json
from datetime import datetime

import pytest
from django.utils import timezone

from audit.models import Record
from registration.application.models import Application
from tests.mylibrary.conftest import PASSWORD, PRIVACY

CASE = "registration.reviewcase"


def did(patron, staff, at, event, reason="", kind="patrons.patron", key="1"):
    Record.objects.create(
        patron_id=patron.pk,
        actor_kind="staff",
        actor_id=staff,
        at=datetime.fromisoformat(f"{at}+09:00"),
        event=event,
        reason=reason,
        object_type=kind,
        object_id=key,
        fields=[],
    )


@pytest.mark.django_db
def test_openings_are_counted_by_month_and_kind(client, log_in, member):
    log_in(client, member.number, PASSWORD)
    now, others = timezone.now(), "00000000-0000-4000-8000-000000000000"
    own = Application.objects.create(
        state="registered", expires_at=now, registered_at=now, patron=member
    )
    did(member, 1, "2026-03-31T23:59", "staff_opened", "change")
    did(member, 1, "2026-03-31T09:00", "staff_opened", "history")
    did(member, 1, "2026-04-01T00:00", "staff_opened", "change")
    did(member, 2, "2026-04-01T10:00", "staff_opened", "change")
    # By telephone, and what was looked at with it.
    did(member, 3, "2026-04-02T10:00", "staff_opened", "reveal")
    did(member, 3, "2026-04-02T10:00", "revealed", "call")
    did(member, 3, "2026-04-02T10:01", "staff_opened", "change")
    # A card that was scanned, on one day with a slip.
    for day in ("2026-05-01", "2026-05-02"):
        did(member, 3, f"{day}T10:00", "revealed", "by_number")
        did(member, 3, f"{day}T10:00", "staff_opened", "change")
    did(member, 3, "2026-05-02T10:05", "staff_opened", "slip")
    did(member, 4, "2026-05-03T10:00", "staff_opened", "change", CASE, str(own.pk))
    # Beside somebody else, and a double that is one only perhaps.
    did(member, 4, "2026-06-01T10:00", "staff_opened", "change", CASE, others)
    did(member, 4, "2026-06-02T10:00", "staff_opened", "change", "patrons.possibledouble")
    did(member, 1, "2026-06-03T10:00", "staff_refused", "change")
    data = json.loads(client.post(f"{PRIVACY}download/").content)["data"]
    assert data["openings"] == [
        {"month": "2026-05", "counter": 1, "review": 1, "inspection": 0},
        {"month": "2026-04", "counter": 1, "review": 0, "inspection": 2},
        {"month": "2026-03", "counter": 0, "review": 0, "inspection": 1},
    ]
    assert "2026年4月" in client.get(PRIVACY).content.decode()
    client.post("/language/", {"language": "en"})
    english = client.get(PRIVACY).content.decode()
    assert "How often staff opened your record" in english
