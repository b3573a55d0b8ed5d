"""Storing and queueing in the caller's transaction, and the queue's upkeep."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from notices.delivery import MailDelayed
from notices.models import Notice
from notices.services import send_again
from notices.tasks import LONGEST_RETRY_SECONDS, PatientRetry, queue_lost_mails, send_mail

pytestmark = pytest.mark.django_db


class Abandoned(Exception):
    """The caller changes its mind."""


@pytest.mark.django_db(transaction=True)
def test_rolled_back_caller_leaves_neither_message_nor_job(make_notice):
    with pytest.raises(Abandoned):
        _send_and_abandon(make_notice)
    assert not Notice.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_job_carries_the_id_only(make_notice):
    notice = make_notice()
    job = ProcrastinateJob.objects.get()
    assert job.task_name == "notices.tasks.send_mail"
    assert job.args == {"notice_id": notice.pk}


def test_message_without_recipient_stays_in_the_inbox(make_notice):
    notice = make_notice(recipient="")
    assert Notice.objects.filter(pk=notice.pk).exists()
    assert not ProcrastinateJob.objects.exists()


def test_unknown_kind_is_refused(make_notice):
    with pytest.raises(ValueError, match="gossip"):
        make_notice(kind="gossip")


@given(attempts=st.integers(min_value=0, max_value=10_000))
def test_retries_never_end_and_are_never_far_apart(attempts):
    job = Job(
        id=1, queue="default", lock=None, queueing_lock=None, task_name="x", attempts=attempts
    )
    decision = PatientRetry().get_retry_decision(exception=MailDelayed("connection"), job=job)
    wait = decision.retry_at - timezone.now()
    assert timedelta(seconds=5) < wait <= timedelta(seconds=LONGEST_RETRY_SECONDS)


def test_mail_without_a_job_is_queued_again(make_notice):
    lost, waiting, sent = make_notice(), make_notice(), make_notice()
    Notice.objects.update(created_at=timezone.now() - timedelta(hours=2))
    Notice.objects.filter(pk=sent.pk).update(sent_at=timezone.now())
    recent = make_notice()
    _delete_job_of(lost, sent, recent)
    queue_lost_mails(timestamp=0)
    assert set(_queued()) == {waiting.pk, lost.pk}
    assert len(_queued()) == 2


def test_mail_that_was_given_up_can_be_sent_again(make_notice):
    notice = make_notice()
    assert not send_again(notice=notice)
    Notice.objects.update(failed_at=timezone.now())
    _delete_job_of(notice)
    assert send_again(notice=notice)
    notice.refresh_from_db()
    assert notice.failed_at is None
    assert _queued() == [notice.pk]


@transaction.atomic
def _send_and_abandon(make_notice) -> None:
    make_notice()
    raise Abandoned


def _queued() -> list[int]:
    return list(
        ProcrastinateJob.objects.filter(task_name=send_mail.name).values_list(
            "args__notice_id", flat=True
        )
    )


def _delete_job_of(*notices: Notice) -> None:
    ids = [notice.pk for notice in notices]
    jobs = ProcrastinateJob.objects.filter(args__notice_id__in=ids)
    jobs._raw_delete(jobs.db)
