"""What time, or a restore, does to messages."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from notices.enums import NoticeKind
from notices.models import Notice
from patrons.retention import delete_in_batches, end_of


@transaction.atomic
def give_up_waiting(*, code: str) -> int:
    """Give up every mail that waits, and forget all jobs; return how many mails.

    After a restore it is not known which of them went out meanwhile: staff see them and can send
    them again. The periodic jobs come back by themselves. No worker may run meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
    return Notice.objects.to_be_sent().update(failed_at=timezone.now(), last_error_code=code)


def delete_old_mails() -> int:
    """Delete the mails in nobody's inbox that are done with and old enough; return how many.

    One that says that the data were erased holds the last address: it is over once it is sent.
    """
    before = timezone.now() - timedelta(days=settings.RETENTION_MAIL_DAYS)
    past = Q(created_at__lt=before) | Q(kind=NoticeKind.ERASURE)
    return delete_in_batches(Notice.objects.mailed_only().filter(past))


def forget_mails_to(*, addresses: Collection[str]) -> None:
    """Delete what was mailed to addresses and stands in nobody's inbox, once it is done with."""
    Notice.objects.mailed_only().filter(recipient__in=set(addresses) - {""}).delete()


def delete_old_messages() -> int:
    """Delete messages that are old enough, or were being written while their patron was erased."""
    deleted = delete_in_batches(Notice.objects.filter(patron__erased_at__isnull=False))
    if before := end_of(settings.RETENTION_MESSAGE_DAYS):
        deleted += delete_in_batches(Notice.objects.older_than(before))
    return deleted
