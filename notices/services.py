"""Writing messages."""

import re
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notices.enums import NoticeKind
from notices.models import Notice
from notices.queue import defer_with_transaction
from notices.tasks import send_mail
from patrons.models import Patron
from patrons.retention import delete_in_batches, end_of

LINE_BREAKING = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


# No savepoint: what fails here must undo the caller's work too.
@transaction.atomic(savepoint=False)
def send(
    *, patron: Patron | None, kind: NoticeKind | str, subject: str, body: str, recipient: str
) -> Notice:
    """Put a message into a patron's inbox and queue its mail, in the caller's transaction.

    Row and job commit or roll back with the caller; the job carries the row's id only. Without
    a recipient the message stays in the inbox and no mail is queued; without a patron it is a
    mail only.
    """
    notice = Notice.objects.create(
        patron=patron,
        kind=NoticeKind(kind),
        subject=LINE_BREAKING.sub(" ", subject).strip(),
        body=body,
        recipient=recipient,
    )
    if recipient:
        defer_with_transaction(send_mail, notice_id=notice.pk)
    return notice


@transaction.atomic
def send_again(*, notice: Notice) -> bool:
    """Queue a mail that was given up once more; False when it was not given up."""
    revived = Notice.objects.given_up().filter(pk=notice.pk).update(failed_at=None)
    if revived:
        defer_with_transaction(send_mail, notice_id=notice.pk)
    return bool(revived)


def delete_old_mails() -> int:
    """Delete the mails to people who are no patrons once they are done with; return how many."""
    before = timezone.now() - timedelta(days=settings.RETENTION_MAIL_DAYS)
    return delete_in_batches(Notice.objects.over(before))


def delete_old_messages() -> int:
    """Delete messages from inboxes when they are old enough, and of patrons who were erased."""
    deleted = delete_in_batches(Notice.objects.of_erased_patrons())
    if before := end_of(settings.RETENTION_MESSAGE_DAYS):
        deleted += delete_in_batches(Notice.objects.written_before(before))
    return deleted
