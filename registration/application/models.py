"""The application for registration, its reads, and the record of its moves."""

import uuid
from datetime import date, datetime, timedelta
from typing import Self, TypeVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.timeouts import CLOCK_SKEW, is_recent
from characters.text import InvalidInput, without_unseen
from patrons.matching.duplicates import Applicant
from patrons.matching.keys import email_key
from patrons.models import Patron
from patrons.normalize import normalize_digits, normalize_kana
from patrons.residency import ResidencyReason
from registration.application import receipt_numbers
from registration.application.enums import (
    CLOSED_STATES,
    ENTERED_STATES,
    HINTED_STATES,
    OPEN_STATES,
    VERIFIED_STATES,
    WITHOUT_RESULT,
    Reason,
    State,
)
from ui.stale_page import mark_of

IDENTITY_COLUMNS = ("issuer", "subject", "name", "birth_date", "address")
# The contact method says nothing about a person and stays for the statistics.
PERSONAL_FORM_COLUMNS = ("last_name_kana", "first_name_kana", "postal_code", "phone", "email")
FORM_COLUMNS = (*PERSONAL_FORM_COLUMNS, "contact_method")
PERSONAL_COLUMNS = (*IDENTITY_COLUMNS, *PERSONAL_FORM_COLUMNS)
RESULT_VISIBLE = timedelta(minutes=30)
# As a login does (`mylibrary/session.py`).
CARD_LASTS = timedelta(minutes=10)
SEARCHED = (
    (normalize_kana, ("last_name_kana", "first_name_kana")),
    (normalize_digits, ("phone",)),
    (lambda typed: email_key(without_unseen(typed)), ("email",)),
)

Row = TypeVar("Row", bound=models.Model)


class ApplicationQuerySet(models.QuerySet[Row]):
    def draft(self, application_id: UUID | str | None, *, lock: bool = False) -> Row | None:
        """Return the application, locked or not, while it is in the applicant's hands."""
        if not application_id:
            return None
        rows = self.select_for_update(of=("self",)) if lock else self
        return rows.filter(
            pk=application_id, state__in=OPEN_STATES, expires_at__gt=timezone.now()
        ).only_one()

    def outcome(self, application_id: UUID | str | None) -> Row | None:
        """Return the application with its patron once it was registered, refused or put aside."""
        if not application_id:
            return None
        return (
            self.select_related("patron")
            .filter(pk=application_id, state__in=(State.REGISTERED, State.REFUSED, State.REVIEW))
            .only_one()
        )

    def only_one(self) -> Row | None:
        """Return what a primary key found; `first()` would spend as long again on an order."""
        return next(iter(self[:1]), None)

    def matching(self, query: str) -> Self:
        """Applications found by what staff typed, as patrons are: whatever width or script.

        What was read and typed is kept while they are open alone: an index has those. Each way is
        asked by itself, for no index finds one or the other.
        """
        named = Q(name__contains=query)
        for normalize, columns in SEARCHED:
            try:
                value = normalize(query)
            except InvalidInput:
                continue
            for column in columns:
                named |= Q(**{f"{column}__icontains": value})
        every = Application.objects.order_by().values("pk")
        ways = [every.exclude(state__in=CLOSED_STATES).filter(named)]
        if receipt := receipt_numbers.read(query):
            ways.append(every.filter(receipt_no=receipt))
            ways.append(every.filter(decision__application__receipt_no=receipt))
        patrons = every.filter(patron__in=Patron.objects.matching(query))
        return self.filter(pk__in=patrons.union(*ways))

    def worth_showing(self) -> Self:
        """Applications that are neither begun alone nor over without a result."""
        return self.exclude(state__in=WITHOUT_RESULT)

    def hinted(self) -> Self:
        """Applications that went on although a patron is as similar as the hint to staff says."""
        return self.filter(state__in=HINTED_STATES).exclude(candidate_ids=[])

    def of_patron(self, patron: Patron) -> Self:
        """A patron's applications: the one that made the patron, and open ones by the same card."""
        return self.filter(Q(patron=patron) | _read_from(patron))

    def open_of_patron(self, patron: Patron) -> Self:
        return self.filter(_read_from(patron))

    def verified_drafts(self) -> Self:
        return self.filter(state__in=VERIFIED_STATES)

    def in_review(self) -> Self:
        return self.filter(state=State.REVIEW)

    def begun_between(self, moment: datetime, until: datetime) -> Self:
        return self.filter(created_at__gte=moment, created_at__lt=until)

    def due_on(self, day: date) -> Self:
        """Cases whose applicants are to be answered by the end of a day."""
        return self.in_review().filter(answer_by=day)

    def approved(self) -> Self:
        """Applications that staff let go on, while the person may still do so."""
        return self.filter(state=State.APPROVED, expires_at__gt=timezone.now())


def _read_from(patron: Patron) -> Q:
    """Return the condition for open applications that a patron's card was read for."""
    found = Q(pk__in=())
    for issuer, subject in patron.identity_links.values_list("issuer", "subject"):
        found |= Q(issuer=issuer, subject=subject)
    return found


def _all_empty(columns: tuple[str, ...]) -> Q:
    return Q(**dict.fromkeys(columns, ""))


class Application(models.Model):
    """One try to register, from the first keystroke to its end.

    Identity columns hold what the identity service returned, byte for byte; typed columns hold
    what was typed until the form was accepted, its normalized form afterwards. Both are emptied
    when the application closes: the patron and the decision stay.

    `candidate_ids` are the patrons the applicant may be: those a duplicate rule matched, and those
    the rules only hint at, alone in an application that went on. `receipt_no` and `answer_by` are
    what an applicant in review was given, by the day's end; one who came again while that lasts has
    the same. `delay_told_at` is when the applicant was told of a missed day, `staff_warned_at` when
    staff were told that its time is nearly over. `decision` is the staff's word that ended the
    review, or under which this was registered; `link_until` and `link_used_at` are of the link
    mailed with it.
    """

    id = models.UUIDField(_("申請ID"), primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        _("状態"), max_length=12, choices=State, default=State.STARTED, editable=False
    )
    created_at = models.DateTimeField(_("開始日時"), auto_now_add=True)
    expires_at = models.DateTimeField(_("期限"))
    privacy_version = models.CharField(
        _("示した利用目的の版"), max_length=20, blank=True, db_default="", editable=False
    )

    issuer = models.TextField(_("発行者"), blank=True)
    subject = models.TextField(_("識別子"), blank=True)
    name = models.TextField(_("名前"), blank=True)
    birth_date = models.CharField(_("生年月日"), max_length=8, blank=True)
    address = models.TextField(_("住所"), blank=True)

    last_name_kana = models.TextField(_("名前カタカナ（姓）"), blank=True)
    first_name_kana = models.TextField(_("名前カタカナ（名）"), blank=True)
    postal_code = models.TextField(_("郵便番号"), blank=True)
    phone = models.TextField(_("電話番号"), blank=True)
    email = models.TextField(_("E-mail"), blank=True)
    contact_method = models.TextField(_("予約連絡方法"), blank=True)
    language = models.CharField(_("ことば"), max_length=10, blank=True, default="", db_default="")

    municipality_code = models.CharField(_("市町村コード"), max_length=5, blank=True)
    residency_reason = models.CharField(_("居住地の判定"), max_length=40, blank=True)
    residency_rule_version = models.CharField(_("判定表の版"), max_length=20, blank=True)
    duplicate_reason = models.CharField(_("二重登録の判定"), max_length=40, blank=True)
    candidate_ids = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("同じ方かもしれない利用者"),
        default=list,
        blank=True,
    )
    patron = models.ForeignKey(
        Patron,
        on_delete=models.PROTECT,
        related_name="applications",
        null=True,
        blank=True,
        verbose_name=_("利用者"),
    )
    registered_at = models.DateTimeField(_("登録日時"), null=True, blank=True)
    review_since = models.DateTimeField(_("確認の開始"), null=True, blank=True)
    receipt_no = models.PositiveIntegerField(_("受付番号"), null=True, blank=True)
    answer_by = models.DateField(_("回答期限"), null=True, blank=True)
    delay_told_at = models.DateTimeField(_("遅れの連絡"), null=True, blank=True)
    staff_warned_at = models.DateTimeField(_("期限の予告"), null=True, blank=True)
    decision = models.ForeignKey(
        "ReviewDecision",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("職員の決定"),
    )
    link_until = models.DateTimeField(_("リンクの期限"), null=True, blank=True)
    link_used_at = models.DateTimeField(_("リンクの使用"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("利用者登録の申請")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("receipt_no",),
                condition=Q(review_since__isnull=False),
                name="application_one_case_per_receipt",
            ),
            models.UniqueConstraint(
                fields=("issuer", "subject"),
                condition=Q(state__in=VERIFIED_STATES),
                name="application_one_draft_per_person",
            ),
            models.UniqueConstraint(
                fields=("issuer", "subject"),
                condition=Q(state=State.REVIEW),
                name="application_one_review_per_person",
            ),
            models.UniqueConstraint(
                fields=("issuer", "subject"),
                condition=Q(state=State.APPROVED),
                name="application_one_approval_per_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=CLOSED_STATES) | _all_empty(PERSONAL_COLUMNS),
                name="application_closed_holds_nothing_personal",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.STARTED) | _all_empty(IDENTITY_COLUMNS),
                name="application_started_has_no_identity",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(*VERIFIED_STATES, State.REVIEW, State.APPROVED))
                | ~(Q(issuer="") | Q(subject="") | Q(birth_date="")),
                name="application_verified_has_identity",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=State.REGISTERED, patron__isnull=False, registered_at__isnull=False
                )
                | Q(~Q(state=State.REGISTERED), patron__isnull=True, registered_at__isnull=True),
                name="application_registered_has_patron",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.REVIEW) | Q(review_since__isnull=False),
                name="application_review_has_begun",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.APPROVED)
                | Q(decision__isnull=False, link_until__isnull=False),
                name="application_approved_has_decision",
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="application_state_known"
            ),
        )
        indexes = (
            models.Index(
                fields=("expires_at",),
                condition=~Q(state__in=CLOSED_STATES),
                name="application_due",
            ),
            models.Index(fields=("-created_at", "-id"), name="application_newest_first"),
            models.Index(
                fields=("-created_at", "-id"),
                condition=~Q(candidate_ids=[]),
                name="application_with_candidates",
            ),
            models.Index(
                fields=("-created_at", "-id"),
                condition=~Q(state__in=WITHOUT_RESULT),
                name="application_worth_showing",
            ),
            # Who came again while a case waits has its receipt, too.
            models.Index(
                fields=("receipt_no",),
                condition=Q(receipt_no__isnull=False),
                name="application_receipt_no",
            ),
        )

    def __str__(self) -> str:
        """The title in the admin, whose log keeps it: nothing personal."""
        if self.receipt:
            return f"受付番号 {self.receipt}"  # not shown
        begun = timezone.localtime(self.created_at) if self.created_at else timezone.localtime()
        day = date_format(begun, "Y年n月j日")  # not shown
        return f"{day} {begun:%H:%M} の申請（{self.get_state_display()}）"  # not shown

    @cached_property
    def unrecorded(self) -> "list[ApplicationTransition]":
        """Moves made in memory, written with the row."""
        return []

    @property
    def is_identified(self) -> bool:
        return self.state in VERIFIED_STATES

    @property
    def is_outside_area(self) -> bool:
        """Whether the card that was read shows an address that cannot be registered online."""
        return self.is_identified and self.residency_reason not in ("", ResidencyReason.ELIGIBLE)

    @property
    def is_hinted(self) -> bool:
        """Whether it went on although a patron is as similar as the hint to staff says."""
        return self.state in HINTED_STATES and bool(self.candidate_ids)

    @property
    def receipt(self) -> str:
        """The receipt number as it is written, "" where there is none."""
        return receipt_numbers.written(self.receipt_no)

    @property
    def is_answer_overdue(self) -> bool:
        """Whether the day is over by which the applicant was to be answered."""
        return self.answer_by is not None and self.answer_by < timezone.localdate()

    def of_same_person(self) -> "ApplicationQuerySet[Application]":
        """Applications of the same verified person whose identity is still kept, its own too."""
        return Application.objects.filter(issuer=self.issuer, subject=self.subject)

    def as_applicant(self) -> Applicant:
        return Applicant(
            **{name: getattr(self, name) for name in (*IDENTITY_COLUMNS, *FORM_COLUMNS)}
        )

    def is_card_fresh(self) -> bool:
        """Return whether the card was read so lately that the reading still proves who is here."""
        readings = self.transitions.filter(reason=Reason.CARD_READ).order_by("-at")
        last = readings.values_list("at", flat=True).first()
        return last is not None and is_recent(last, within=CARD_LASTS, now=timezone.now())

    def is_result_visible(self) -> bool:
        """Return whether the outcome may still be shown to the browser it belongs to."""
        latest = RESULT_VISIBLE + CLOCK_SKEW
        return timedelta(0) < self.expires_at - timezone.now() <= latest

    def accepted_values(self) -> dict[str, str]:
        """Return the form's values where they have been accepted, else none."""
        if self.state not in ENTERED_STATES:
            return {}
        return {name: getattr(self, name) for name in FORM_COLUMNS}

    def mark(self) -> str:
        """Return a keyed digest of all an applicant sees, so that a stale page is recognised."""
        shown = (getattr(self, name) for name in (*IDENTITY_COLUMNS, *FORM_COLUMNS))
        return mark_of("confirmation", (self.pk, *shown))

    def identity_mark(self) -> str:
        """Return a keyed digest of whose card was read; the same for every card not yet read."""
        return mark_of("form", (getattr(self, name) for name in IDENTITY_COLUMNS))


class ApplicationTransition(models.Model):
    """One move of an application; rows are only ever added (a trigger refuses changes)."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="transitions", verbose_name=_("申請")
    )
    from_state = models.CharField(_("前の状態"), max_length=12, choices=State, blank=True)
    to_state = models.CharField(_("後の状態"), max_length=12, choices=State)
    reason = models.CharField(_("理由"), max_length=40, choices=Reason)
    at = models.DateTimeField(_("日時"))

    class Meta:
        verbose_name = verbose_name_plural = _("申請の経過")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.get_from_state_display() or '-'} → {self.get_to_state_display()}"


class LapsedStarts(models.Model):
    """How many applications begun on a day ended before anybody was identified.

    Their rows are deleted (`lifecycle.store`): of those who did not go on, only this stays.
    """

    day = models.DateField(primary_key=True)
    number = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.day)
