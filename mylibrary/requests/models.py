"""What patrons asked the library to get: the titles, who asked, and what staff decided.

Staff choose books without knowing who asked: they see `WantedTitle`, which names nobody, and of
`PurchaseSuggestion` what was typed.
"""

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Record
from mylibrary.requests.enums import SENTENCES, DeclineReason, TitleState
from mylibrary.requests.lifecycle import CLOSED, OPEN, UNDECIDED
from patrons.models import Patron
from ui.pages import beside

LONGEST_TITLE = 300
LONGEST_NAME = 200
LONGEST_REMARK = 500
LONGEST_ANSWER = 300


class Described(models.Model):
    """A title as somebody typed it: what little may be known of a work."""

    title = models.CharField(_("書名"), max_length=LONGEST_TITLE)
    author = models.CharField(_("著者名"), max_length=LONGEST_NAME, blank=True)
    publisher = models.CharField(_("出版者"), max_length=LONGEST_NAME, blank=True)
    year = models.PositiveSmallIntegerField(_("出版年"), null=True, blank=True)
    isbn = models.CharField("ISBN", max_length=13, blank=True)

    class Meta:
        abstract = True

    @property
    def line(self) -> str:
        """Title and author in one line."""
        return "\u3000".join(filter(None, (self.title, self.author)))

    @property
    def published(self) -> str:
        """Publisher and year in one line."""
        return " ".join(map(str, filter(None, (self.publisher, self.year))))


class WantedTitleQuerySet(models.QuerySet["WantedTitle"]):
    def undecided(self) -> Self:
        """Those that wait for a decision."""
        return self.filter(state__in=UNDECIDED)

    def open(self) -> Self:
        """Those that wait for a decision, or to be got."""
        return self.filter(state__in=OPEN)

    def closed(self) -> Self:
        return self.filter(state__in=CLOSED)

    def same_as(self, *, isbn: str, title_key: str, author_key: str) -> Self:
        """Those that are the same work: by ISBN, or by title and author where one has no ISBN.

        That of the ISBN comes first.
        """
        same = Q(title_key=title_key, author_key=author_key)
        if isbn:
            same = Q(isbn=isbn) | (same & Q(isbn=""))
        return self.filter(same).order_by("-isbn", "pk")


class WantedTitle(Described):
    """A title that patrons asked for, as the first of them typed it; staff decide on it once.

    It names nobody, and has the day of the first request, not the time, by which a login could be
    told. `wanted_by` is how many want it, or wanted it when it was closed: a closed one is a
    record, which a trigger keeps, as it keeps the moves (`mylibrary.requests.lifecycle`).
    `title_key` and `author_key` are folded as the catalogue's, and cut to what an index holds.
    """

    title_key = models.CharField(max_length=LONGEST_TITLE, editable=False)
    author_key = models.CharField(max_length=LONGEST_NAME, blank=True, editable=False)
    state = models.CharField(
        _("状況"), max_length=10, choices=TitleState, default=TitleState.RECEIVED, editable=False
    )
    state_at = models.DateTimeField(_("状況の変わった日時"), default=timezone.now)
    first_on = models.DateField(_("受付日"), default=timezone.localdate)
    wanted_by = models.PositiveIntegerField(_("人数"), default=0)
    record = models.ForeignKey(
        Record,
        verbose_name=_("用意した資料"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    objects = WantedTitleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("リクエスト")
        default_permissions = ("view",)
        permissions = (("decide_wantedtitle", _("リクエストされた資料を決定できる")),)
        constraints = (
            models.UniqueConstraint(
                fields=("isbn",),
                condition=Q(state__in=sorted(OPEN)) & ~Q(isbn=""),
                name="wanted_title_one_open_per_isbn",
            ),
            models.CheckConstraint(
                condition=Q(state__in=TitleState.values), name="wanted_title_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=TitleState.READY) | Q(record=None),
                name="wanted_title_record_when_ready",
            ),
        )
        indexes = (
            models.Index(
                fields=("first_on", "id"),
                condition=Q(state__in=sorted(UNDECIDED)),
                name="wanted_title_waiting",
            ),
            models.Index(fields=("title_key", "author_key"), name="wanted_title_same"),
        )

    def __str__(self) -> str:
        return self.line


class PurchaseSuggestionQuerySet(models.QuerySet["PurchaseSuggestion"]):
    def of_patron(self, patron: Patron) -> Self:
        """A patron's, the newest first, with what was decided."""
        found = self.filter(patron=patron).select_related("wanted__record")
        return found.prefetch_related("wanted__decisions").order_by("-asked_at", "-pk")

    def current(self) -> Self:
        """Those that their patrons have not taken back."""
        return self.filter(withdrawn_at=None)

    def undecided_of(self, patron: Patron) -> Self:
        """A patron's own that wait for a decision."""
        return self.current().filter(patron=patron, wanted__state__in=UNDECIDED)

    def to_be_told(self, before: datetime) -> Self:
        """Those that were answered before a moment, of which their patrons were not told yet."""
        answered = self.current().filter(answered_at__lt=before, told_at=None)
        return answered.filter(patron__withdrawn_at=None)

    def over_before(self, moment: datetime) -> Self:
        """Those that ended before a moment: taken back, or closed by the library."""
        closed = Q(wanted__state__in=CLOSED, wanted__state_at__lt=moment)
        return self.filter(Q(withdrawn_at__lt=moment) | closed)


class PurchaseSuggestion(Described):
    """One patron's wish for a title, as it was typed; what became of it is the title's state.

    Staff see what was typed and never whose it is. `answered_at` is the library's last answer,
    `told_at` when a message told of that one.
    """

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="+"
    )
    wanted = models.ForeignKey(
        WantedTitle, on_delete=models.CASCADE, related_name="suggestions", editable=False
    )
    remark = models.CharField(_("補足"), max_length=LONGEST_REMARK, blank=True)
    asked_at = models.DateTimeField(_("リクエストした日時"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("取り下げた日時"), null=True, blank=True)
    answered_at = models.DateTimeField(_("回答の日時"), null=True, blank=True)
    told_at = models.DateTimeField(_("お知らせした日時"), null=True, blank=True)

    objects = PurchaseSuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("リクエスト")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("patron", "wanted"),
                condition=Q(withdrawn_at=None),
                name="purchase_suggestion_once_per_title",
            ),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(told_at__gte=F("answered_at")),
                name="purchase_suggestion_told_after_answer",
            ),
        )
        indexes = (
            models.Index(
                fields=("answered_at",),
                condition=Q(answered_at__isnull=False, told_at=None, withdrawn_at=None),
                name="purchase_suggestion_to_tell",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> TitleState:
        return TitleState.WITHDRAWN if self.withdrawn_at else TitleState(self.wanted.state)

    @property
    def sentence(self) -> Any:
        return SENTENCES[self.state]

    @property
    def details(self) -> str:
        """What was typed beside the title, in one line."""
        year = gettext("%s年") % self.year if self.year else ""
        isbn = f"ISBN {self.isbn}" if self.isbn else ""
        return beside(*filter(None, (self.author, self.publisher, year, isbn)))

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def answer(self) -> "TitleDecision | None":
        """The library's last decision, where the patron has not taken the wish back."""
        decisions = [] if self.withdrawn_at else [*self.wanted.decisions.all()]
        return decisions[-1] if decisions else None


class TitleDecision(models.Model):
    """What a member of staff decided on a title, once and for good: a trigger keeps it.

    `reason` and `sentence` are told to the patrons, `note` is for the staff.
    """

    wanted = models.ForeignKey(WantedTitle, on_delete=models.CASCADE, related_name="decisions")
    state = models.CharField(max_length=10, choices=TitleState)
    reason = models.CharField(max_length=20, choices=DeclineReason, blank=True)
    sentence = models.CharField(max_length=LONGEST_ANSWER, blank=True)
    note = models.TextField(blank=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(Q(state=TitleState.DECLINED), ~Q(reason=""))
                | Q(~Q(state=TitleState.DECLINED), reason=""),
                name="title_decision_declined_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(reason=DeclineReason.OTHER) | ~Q(sentence=""),
                name="title_decision_other_reason_said",
            ),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"
