"""Reads of messages."""

from datetime import datetime

from django.db import models
from procrastinate.contrib.django.models import ProcrastinateJob

from notices.enums import NoticeKind
from patrons.models import Patron


class NoticeQuerySet(models.QuerySet):
    """Messages."""

    def to_be_sent(self) -> "NoticeQuerySet":
        """Messages whose mail is neither sent nor given up."""
        return self.filter(sent_at=None, failed_at=None).exclude(recipient="")

    def given_up(self) -> "NoticeQuerySet":
        """Messages whose mail was refused for good."""
        return self.filter(failed_at__isnull=False)

    def mail_only(self) -> "NoticeQuerySet":
        """Messages to somebody who is no patron."""
        return self.filter(patron=None)

    def of_patron(self, patron: Patron) -> "NoticeQuerySet":
        """A patron's messages."""
        return self.filter(patron=patron)

    def of_erased_patrons(self) -> "NoticeQuerySet":
        """Messages that were being written while their patron was erased."""
        return self.filter(patron__erased_at__isnull=False)

    def written_before(self, moment: datetime) -> "NoticeQuerySet":
        """Messages in the inboxes of patrons that are older than a moment, read or not."""
        return self.filter(patron__isnull=False, created_at__lt=moment)

    def over(self, before: datetime) -> "NoticeQuerySet":
        """Mails to people who are no patrons that are done with and older than a moment.

        One that says that the data were erased holds the last address: it is over once it is sent.
        """
        past = models.Q(created_at__lt=before) | models.Q(kind=NoticeKind.ERASURE)
        return self.mail_only().done().filter(past)

    def done(self) -> "NoticeQuerySet":
        """Messages whose mail is sent or given up."""
        return self.exclude(sent_at=None, failed_at=None)

    def without_job(self, *, task_name: str, created_before: datetime) -> "NoticeQuerySet":
        """Messages still to be sent that no waiting or running job knows of."""
        queued = ProcrastinateJob.objects.filter(
            task_name=task_name, status__in=("todo", "doing")
        ).values_list("args__notice_id", flat=True)
        return self.to_be_sent().filter(created_at__lt=created_before).exclude(pk__in=list(queued))
