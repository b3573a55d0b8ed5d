"""A case is never lost: staff are warned, and nobody's time ends without a word."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from notices.enums import NoticeKind
from notices.models import Notice
from registration import retention as expiry_services
from registration.application.enums import ApplicationState as State
from registration.application.models import PERSONAL_COLUMNS, Application
from registration.review.models import Verdict
from registration.tasks import warn_staff
from tests.registration.review.reviews import (
    NAMESAKE,
    NAMESAKES_ENTRY,
    decided,
    mails_to,
    namesake_case,
)

pytestmark = pytest.mark.django_db
DESK = "desk@library.example"


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("librarian", "only for this test")


def after(**time):
    return timezone.now() + timedelta(**time)


def test_staff_get_one_mail_with_counts_and_nothing_personal(settings):
    settings.STAFF_EMAIL = DESK
    namesake_case()
    assert expiry_services.warn_staff(now=after(days=2)) == (1, 0, 0)
    assert mails_to(DESK) == []
    assert expiry_services.warn_staff(now=after(days=3, minutes=1)) == (1, 1, 0)
    assert expiry_services.warn_staff(now=after(days=24)) == (1, 1, 1)
    late, ending = mails_to(DESK)
    assert "確認待ち：1件" in late.subject
    assert "3日以上お待たせしているもの：1件" in late.body
    assert "消去されるもの：1件" in ending.body
    assert "/admin/registration/reviewcase/" in ending.body
    for secret in (*NAMESAKE.name.split(), NAMESAKE.address, *NAMESAKES_ENTRY.values()):
        if secret != "大分":
            assert secret not in late.subject + late.body + ending.body


def test_without_an_address_the_log_tells_the_counts(settings, caplog):
    settings.STAFF_EMAIL = ""
    namesake_case()
    with caplog.at_level(logging.WARNING, logger="registration"):
        expiry_services.warn_staff(now=after(days=24))
    (line,) = [record for record in caplog.records if record.name == "registration"]
    assert (line.event, line.waiting, line.late, line.ending) == ("reviews_wait", 1, 1, 1)
    assert not Notice.objects.filter(kind=NoticeKind.STAFF_REMINDER).exists()


def test_a_case_stays_until_staff_have_known_for_a_day():
    case = namesake_case()
    over = after(days=31)
    assert expiry_services.purge_expired(now=over) == (0, 0)
    expiry_services.warn_staff(now=over)
    assert expiry_services.purge_expired(now=over + timedelta(hours=23)) == (0, 0)
    assert expiry_services.purge_expired(now=over + timedelta(hours=25)) == (0, 1)
    case.refresh_from_db()
    assert case.state == State.EXPIRED
    assert [getattr(case, name) for name in PERSONAL_COLUMNS] == [""] * 10


def test_an_applicant_whose_case_nobody_decided_is_asked_to_the_counter():
    namesake_case()
    expiry_services.warn_staff(now=after(days=29))
    expiry_services.purge_expired(now=after(days=31))
    expiry_services.purge_expired(now=after(days=32))
    (message,) = mails_to(NAMESAKES_ENTRY["email"])
    assert "窓口へお越しください" in message.subject
    assert "key=" not in message.body


def test_holding_a_case_neither_lengthens_its_time_nor_hides_it(staff):
    case = namesake_case()
    until = case.expires_at
    decided(case, Verdict.DEFERRED, staff)
    case.refresh_from_db()
    assert case.expires_at == until
    assert expiry_services.warn_staff(now=after(days=24)) == (1, 1, 1)


def test_what_staff_allowed_and_nobody_finished_is_erased_in_its_time(staff, settings):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    assert expiry_services.warn_staff(now=after(days=13)) == (0, 0, 0)
    assert expiry_services.purge_expired(now=after(days=13)) == (0, 0)
    assert expiry_services.purge_expired(now=after(days=15)) == (0, 1)
    case.refresh_from_db()
    assert (case.state, case.email) == (State.EXPIRED, "")


def test_the_worker_warns_every_morning():
    from procrastinate.contrib.django import app

    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[warn_staff.name] == "0 23 * * *"
    namesake_case()
    assert warn_staff.func(timestamp=0) == {"waiting": 1, "late": 0, "ending": 0}
    assert Application.objects.in_review().count() == 1
