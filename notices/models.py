"""Messages: the inbox row and the state of its mail."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob

from notices.enums import (
    FIRST_DAYS_BEFORE_DUE,
    NOT_CALLED_ABOUT,
    MailState,
    NoticeKind,
    kind_choices,
)
from notices.texts import without_library
from patrons.models import ContactMethod, Patron

LONGEST_SUBJECT = 200
NOT_MAILED = Q(failed_at__isnull=False) | Q(recipient="")
NOT_REACHED = NOT_MAILED & Q(read_at=None) & ~Q(kind__in=NOT_CALLED_ABOUT)


def new_message_id() -> str:
    """Return a Message-ID for one mail, kept so that a mail sent twice is recognised as one."""
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or "localhost"
    return f"<{uuid.uuid4().hex}@{host}>"


class NoticeQuerySet(models.QuerySet):
    def to_be_sent(self) -> Self:
        """Messages whose mail is neither sent nor given up."""
        return self.filter(sent_at=None, failed_at=None).exclude(recipient="")

    def unclaimed(self, lasts: timedelta) -> Self:
        """Messages that nobody took within a time of the database's clock."""
        wrong_clock = Q(claimed_at__gt=Now())
        return self.filter(Q(claimed_at=None) | Q(claimed_at__lte=Now() - lasts) | wrong_clock)

    def given_up(self) -> Self:
        return self.filter(failed_at__isnull=False)

    def not_reached(self, since: datetime) -> Self:
        """Unread messages to patrons since a moment, of which no mail told: given up, or no e-mail.

        A patron with an e-mail who declined such mails is no case of it. Of a hold that is ready
        those are told by telephone who chose that, and nobody who wants to hear nothing of holds.
        """
        # What an index finds, and of that whose patron has none.
        unread = self.filter(NOT_REACHED, created_at__gte=since, patron__isnull=False)
        by_phone = Q(kind=NoticeKind.HOLD_READY, patron__contact_method=ContactMethod.PHONE)
        not_at_all = Q(kind=NoticeKind.HOLD_READY, patron__contact_method=ContactMethod.NONE)
        reached_by_none = Q(failed_at__isnull=False) | Q(patron__email="") | by_phone
        return unread.filter(reached_by_none & ~not_at_all)

    def inbox_of(self, patron: Patron) -> Self:
        """A patron's own messages, the newest first."""
        return self.filter(patron=patron)

    def was_told(self, kind: NoticeKind, *, since: datetime) -> bool:
        """Whether there is a message of a kind since a moment."""
        return self.filter(kind=kind, created_at__gte=since).exists()

    def unread(self) -> Self:
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

    def about_something(self) -> models.QuerySet:
        """Kind and rows of messages that are about something, as pairs."""
        return self.exclude(about=[]).order_by().values_list("kind", "about")

    def older_than(self, moment: datetime) -> Self:
        return self.filter(created_at__lt=moment)

    def to_mailbox_of(self, patron: Patron) -> Self:
        """Mails in no inbox to an address that is or is to be a patron's, the newest first."""
        return self.filter(addressee=patron)

    def mailed_only(self) -> Self:
        """Messages in nobody's inbox whose mail is sent or given up."""
        return self.filter(patron=None).exclude(sent_at=None, failed_at=None)

    def without_job(self, *, task_name: str, created_before: datetime) -> Self:
        """Messages still to be sent that no waiting or running job knows of."""
        jobs = ProcrastinateJob.objects.filter(task_name=task_name, status__in=("todo", "doing"))
        queued = jobs.values_list("args__notice_id", flat=True)
        return self.to_be_sent().older_than(created_before).exclude(pk__in=list(queued))


class Notice(models.Model):
    """One message, shown in its patron's inbox and, with a recipient, sent by mail.

    Without a patron it is a mail only, to somebody who is no patron (yet) or with a link for the
    mailbox alone, and deleted in time. `addressee` is then the patron whose address, on record
    or to be, is written to: what the mail says about that address is kept there.
    `enclosed` names what is made when the mail is sent and stands nowhere else, of the row
    `enclosed_id` (`notices.enclosures`); `body` keeps a place for it, and for the titles of the
    rows that the message is `about`, which are stored nowhere either (`notices.titles`).
    `claimed_at` is when a worker took the mail to send it: nobody else does for as long as that
    may take (`notices.delivery`).
    `public_id` stands in addresses: the primary key would tell how many messages there are.
    """

    # The database's own default: a process of the release before this field can still write.
    public_id = models.UUIDField(_("公開ID"), unique=True, db_default=RandomUUID(), editable=False)
    patron = models.ForeignKey(
        Patron,
        on_delete=models.CASCADE,
        related_name="notices",
        verbose_name=_("利用者"),
        null=True,
        blank=True,
    )
    addressee = models.ForeignKey(
        Patron,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("宛先の利用者"),
        null=True,
        blank=True,
        db_index=False,
    )
    kind = models.CharField(_("種類"), max_length=40, choices=kind_choices)
    subject = models.CharField(_("件名"), max_length=LONGEST_SUBJECT)
    body = models.TextField(_("本文"))
    enclosed = models.CharField(
        _("メールだけに書くもの"),
        max_length=60,
        blank=True,
        db_default="",
        default="",
        editable=False,
    )
    enclosed_id = models.CharField(
        _("その元の行"), max_length=36, blank=True, db_default="", default="", editable=False
    )
    about = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("何についてか"),
        blank=True,
        db_default=[],
        default=list,
        editable=False,
    )
    recipient = models.CharField(_("宛先"), max_length=254, blank=True)
    message_id = models.CharField(
        "Message-ID", max_length=300, unique=True, default=new_message_id, editable=False
    )
    created_at = models.DateTimeField(_("作成日時"), auto_now_add=True)
    read_at = models.DateTimeField(_("既読日時"), null=True, blank=True)
    sent_at = models.DateTimeField(_("送信日時"), null=True, blank=True)
    failed_at = models.DateTimeField(_("送信を断念した日時"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("送信を始めた日時"), null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(_("送信回数"), default=0)
    last_error_code = models.CharField(_("最後のエラー"), max_length=20, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("通知メッセージ")
        ordering = ("-created_at", "-pk")
        permissions = (("send_again_notice", _("送信できなかったメールをもう一度送れる")),)
        constraints = (
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(failed_at=None),
                name="notice_not_both_sent_and_failed",
            ),
            models.CheckConstraint(
                condition=Q(patron__isnull=False) | ~Q(recipient=""), name="notice_reaches_somebody"
            ),
        )
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="notice_newest"),
            models.Index(fields=["patron", "-created_at"], name="notice_of_patron"),
            models.Index(
                fields=["patron"], condition=Q(read_at=None), name="notice_unread_of_patron"
            ),
            # Which mails could not be sent: few, and counted on the staff's first page.
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(failed_at__isnull=False),
                name="notice_given_up",
            ),
            # Which wait to be sent: few, and asked for every time the mails are sent.
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(sent_at=None, failed_at=None) & ~Q(recipient=""),
                name="notice_to_be_sent",
            ),
            models.Index(
                fields=["-created_at", "-id"],
                condition=NOT_REACHED,
                name="notice_not_reached",
            ),
            # What staff type of an address, from its beginning.
            models.Index(
                OpClass("recipient", name="varchar_pattern_ops"),
                condition=~Q(recipient=""),
                name="notice_recipient",
            ),
            models.Index(
                fields=["addressee", "-created_at"],
                condition=Q(addressee__isnull=False),
                name="notice_of_addressee",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def title(self) -> str:
        """The subject as the library's own pages show it, without the library's name."""
        return without_library(self.subject)

    @property
    def mail_state(self) -> MailState:
        if not self.recipient:
            return MailState.NONE
        if self.sent_at:
            return MailState.SENT
        return MailState.FAILED if self.failed_at else MailState.WAITING


class MailPreference(models.Model):
    """Whether a patron wants the mails of a kind (`notices.enums.OPTIONAL`); without a row, yes."""

    patron = models.ForeignKey(
        Patron, on_delete=models.CASCADE, related_name="mail_preferences", verbose_name=_("利用者")
    )
    kind = models.CharField(_("種類"), max_length=40)
    wanted = models.BooleanField(_("メールで受け取る"))

    class Meta:
        verbose_name = verbose_name_plural = _("お知らせメールの設定")
        constraints = (
            models.UniqueConstraint(fields=["patron", "kind"], name="mail_preference_one_per_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class NoticeChoiceQuerySet(models.QuerySet):
    def of(self, patron: Patron) -> Any:
        """What a patron chose; a row that is not stored where nothing was chosen."""
        return self.filter(patron=patron).first() or self.model(patron=patron)


class NoticeChoice(models.Model):
    """What a patron chose of messages beside their kinds; without a row, as the fields begin."""

    patron = models.OneToOneField(
        Patron,
        on_delete=models.CASCADE,
        related_name="notice_choice",
        verbose_name=_("利用者"),
        primary_key=True,
    )
    titles_in_mails = models.BooleanField(_("メールにも書名を書く"), default=False)
    days_before_due = models.PositiveSmallIntegerField(
        _("返却期限の何日前に知らせるか"), default=FIRST_DAYS_BEFORE_DUE
    )

    objects = NoticeChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("お知らせの内容の設定")

    def __str__(self) -> str:
        return f"{self.titles_in_mails} {self.days_before_due} {self.pk}"
