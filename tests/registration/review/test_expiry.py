"""A case is never lost: staff are warned, and nobody's time ends without a word."""

import logging
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from notices.enums import NoticeKind
from notices.models import Notice
from registration import retention as expiry_services
from registration.application.enums import ApplicationState as State
from registration.application.models import PERSONAL_COLUMNS, Application
from registration.review.models import Verdict
from registration.review.reminders import warn_staff as warn
from registration.tasks import tell_applicants, warn_staff
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


def at(day, hour=8):
    """Return a moment in Japan of December 2026, in which the 14th and the 28th on are closed."""
    return timezone.make_aware(datetime(2026, 12, day, hour))


def case_of_the_first():
    """Return a case that began on Tuesday 1 December, to be answered by Friday the 4th."""
    case = namesake_case()
    Application.objects.filter(pk=case.pk).update(
        review_since=at(1, 14), answer_by=at(4).date(), expires_at=at(31)
    )
    return case


def test_staff_are_mailed_after_one_opening_day_with_counts_and_nothing_personal(settings):
    settings.STAFF_EMAIL = DESK
    case_of_the_first()
    assert warn(now=at(2)) == (1, 0, 0, 0)
    assert mails_to(DESK) == []
    assert warn(now=at(3)) == (1, 1, 0, 0)
    assert warn(now=at(4)) == (1, 1, 0, 0)
    assert warn(now=at(5)) == (1, 1, 1, 0)
    assert warn(now=at(25)) == (1, 1, 1, 1)
    first, _, late, ending = mails_to(DESK)
    assert "確認待ち：1件" in first.subject
    assert "1開館日以上お待たせしているもの：1件" in first.body
    assert "回答期限を過ぎたもの：0件" in first.body
    assert "回答期限を過ぎたもの：1件" in late.body
    assert "消去されるもの：1件" in ending.body
    assert "/admin/registration/reviewcase/" in ending.body
    for secret in (*NAMESAKE.name.split(), NAMESAKE.address, *NAMESAKES_ENTRY.values()):
        if secret != "大分":
            assert secret not in late.subject + late.body + ending.body


def test_staff_are_not_mailed_on_a_day_on_which_nobody_is_there(settings):
    settings.STAFF_EMAIL = DESK
    case = case_of_the_first()
    Application.objects.filter(pk=case.pk).update(review_since=at(12, 14))
    assert warn(now=at(13)) == (1, 0, 1, 0)
    assert warn(now=at(14)) == (1, 1, 1, 0)  # the 2nd Monday
    assert mails_to(DESK) == []
    assert warn(now=at(15)) == (1, 1, 1, 0)
    assert len(mails_to(DESK)) == 1


def test_without_an_address_the_log_tells_the_counts(settings, caplog):
    settings.STAFF_EMAIL = ""
    case_of_the_first()
    with caplog.at_level(logging.WARNING, logger="registration"):
        warn(now=at(25))
    (line,) = [record for record in caplog.records if record.name == "registration"]
    assert (line.event, line.waiting, line.for_a_day, line.late, line.ending) == (
        "reviews_wait",
        *(1, 1, 1, 1),
    )
    assert not Notice.objects.filter(kind=NoticeKind.STAFF_REMINDER).exists()


def test_a_case_stays_until_staff_have_known_for_a_day():
    case = case_of_the_first()
    over = at(31) + timedelta(days=6)
    assert expiry_services.purge_expired(now=over) == (0, 0)
    warn(now=at(29))  # nobody is there
    assert expiry_services.purge_expired(now=over) == (0, 0)
    warn(now=over)
    assert expiry_services.purge_expired(now=over + timedelta(hours=23)) == (0, 0)
    assert expiry_services.purge_expired(now=over + timedelta(hours=25)) == (0, 1)
    case.refresh_from_db()
    assert case.state == State.EXPIRED
    assert [getattr(case, name) for name in PERSONAL_COLUMNS] == [""] * 10


def test_an_applicant_whose_case_nobody_decided_is_asked_to_the_counter():
    case_of_the_first()
    warn(now=at(27))
    expiry_services.purge_expired(now=at(31, 9))
    expiry_services.purge_expired(now=at(31, 10))
    _, message = mails_to(NAMESAKES_ENTRY["email"])
    assert "窓口へお越しください" in message.subject
    assert "key=" not in message.body


def test_holding_a_case_neither_lengthens_its_time_nor_hides_it(staff):
    case = case_of_the_first()
    decided(case, Verdict.DEFERRED, staff)
    case.refresh_from_db()
    assert (case.expires_at, case.answer_by) == (at(31), at(4).date())
    assert warn(now=at(25)) == (1, 1, 1, 1)


def test_what_staff_allowed_and_nobody_finished_is_erased_in_its_time(staff, settings):
    case = namesake_case()
    decided(case, Verdict.OTHER_PERSON, staff)
    assert warn(now=after(days=13)) == (0, 0, 0, 0)
    assert expiry_services.purge_expired(now=after(days=13)) == (0, 0)
    assert expiry_services.purge_expired(now=after(days=15)) == (0, 1)
    case.refresh_from_db()
    assert (case.state, case.email) == (State.EXPIRED, "")


def test_the_worker_warns_every_morning():
    from procrastinate.contrib.django import app

    schedule = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert schedule[warn_staff.name] == "0 23 * * *"
    assert schedule[tell_applicants.name] == "0 23 * * *"
    namesake_case()
    counts = {"waiting": 1, "for_a_day": 0, "late": 0, "ending": 0}
    assert warn_staff.func(timestamp=0) == counts
    assert tell_applicants.func(timestamp=0) == 0
    assert Application.objects.in_review().count() == 1
