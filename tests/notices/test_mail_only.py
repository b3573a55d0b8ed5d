"""Mails to people who are no patrons: kept while they may still be sent, not for ever."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from notices.delivery import deliver
from notices.models import Notice
from notices.tasks import delete_old_mails

pytestmark = pytest.mark.django_db


def test_a_mail_to_nobodys_inbox_is_sent(make_notice, sink):
    notice = make_notice(patron=None, recipient="applicant@example.jp")
    deliver(notice_id=notice.pk)
    assert [mail["To"] for mail in sink.mails] == ["applicant@example.jp"]
    notice.refresh_from_db()
    assert notice.sent_at


def test_a_message_to_nobody_at_all_is_refused(make_notice):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_notice(patron=None, recipient="")


def test_staff_see_it_without_a_number(client, django_user_model, make_notice):
    make_notice(patron=None, recipient="applicant@example.jp")
    client.force_login(
        django_user_model.objects.create_superuser("librarian", "only for this test"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert "applicant@example.jp" in client.get("/admin/notices/notice/").content.decode()


def test_old_mails_that_are_done_with_are_deleted_and_nothing_else(make_notice):
    done, waiting, recent = (make_notice(patron=None) for _ in range(3))
    inbox = make_notice()
    now = timezone.now()
    Notice.objects.exclude(pk=waiting.pk).update(sent_at=now)
    Notice.objects.exclude(pk=recent.pk).update(created_at=now - timedelta(days=31))
    assert delete_old_mails.func(timestamp=0) == 1
    assert set(Notice.objects.values_list("pk", flat=True)) == {waiting.pk, recent.pk, inbox.pk}
    assert not Notice.objects.filter(pk=done.pk).exists()
