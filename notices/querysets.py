"""Reads of messages."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob

from notices.enums import NoticeKind
from patrons.models import Patron


class NoticeQuerySet(models.QuerySet):
    """Messages."""

    def to_be_sent(self) -> Self:
        """Messages whose mail is neither sent nor given up."""
        return self.filter(sent_at=None, failed_at=None).exclude(recipient="")

    def unclaimed(self, lasts: timedelta) -> Self:
        """Messages that nobody took within a time of the database's clock.

        A claim of the future is of a clock that was wrong.
        """
        return self.filter(
            Q(claimed_at=None) | Q(claimed_at__lte=Now() - lasts) | Q(claimed_at__gt=Now())
        )

    def given_up(self) -> Self:
        """Messages whose mail was refused for good."""
        return self.filter(failed_at__isnull=False)

    def inbox_of(self, patron: Patron) -> Self:
        """A patron's own messages, the newest first."""
        return self.filter(patron=patron).order_by("-created_at", "-pk")

    def unread(self) -> Self:
        """Messages that have not been opened, or were put back."""
        return self.filter(read_at=None)

    def after(self, notice: Any) -> Self:
        """Messages after one of them, the next one first."""
        later = Q(created_at__gt=notice.created_at) | Q(pk__gt=notice.pk)
        # The first condition is what an index can find, the second tells equal moments apart.
        found = self.filter(Q(created_at__gte=notice.created_at) & later)
        return found.order_by("created_at", "pk")

    def before(self, notice: Any) -> Self:
        """Messages before one of them, the last one first."""
        earlier = Q(created_at__lt=notice.created_at) | Q(pk__lt=notice.pk)
        found = self.filter(Q(created_at__lte=notice.created_at) & earlier)
        return found.order_by("-created_at", "-pk")

    def written_by(self, moment: datetime) -> Self:
        """Messages written at a moment or earlier."""
        return self.filter(created_at__lte=moment)

    def older_than(self, moment: datetime) -> Self:
        """Messages written before a moment."""
        return self.filter(created_at__lt=moment)

    def mail_only(self) -> Self:
        """Messages in nobody's inbox."""
        return self.filter(patron=None)

    def of_patron(self, patron: Patron) -> Self:
        """A patron's messages."""
        return self.filter(patron=patron)

    def to_mailbox_of(self, patron: Patron) -> Self:
        """Mails in no inbox to an address that is or is to be a patron's, the newest first."""
        return self.filter(addressee=patron).order_by("-created_at", "-pk")

    def of_erased_patrons(self) -> Self:
        """Messages that were being written while their patron was erased."""
        return self.filter(patron__erased_at__isnull=False)

    def over(self, before: datetime) -> Self:
        """Mails in nobody's inbox that are done with and older than a moment.

        One that says that the data were erased holds the last address: it is over once it is sent.
        """
        past = models.Q(created_at__lt=before) | models.Q(kind=NoticeKind.ERASURE)
        return self.mail_only().done().filter(past)

    def done(self) -> Self:
        """Messages whose mail is sent or given up."""
        return self.exclude(sent_at=None, failed_at=None)

    def without_job(self, *, task_name: str, created_before: datetime) -> Self:
        """Messages still to be sent that no waiting or running job knows of."""
        queued = ProcrastinateJob.objects.filter(
            task_name=task_name, status__in=("todo", "doing")
        ).values_list("args__notice_id", flat=True)
        return self.to_be_sent().older_than(created_before).exclude(pk__in=list(queued))


class MailPreferenceQuerySet(models.QuerySet):
    """What patrons chose about their mails."""

    def of(self, patron: Patron) -> Self:
        """The choices of a patron."""
        return self.filter(patron=patron)

    def declined(self, kind: str) -> Self:
        """Choices against the mails of a kind."""
        return self.filter(kind=kind, wanted=False)
