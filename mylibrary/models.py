"""What My Library keeps between two steps, and what patrons ask the staff for."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from mylibrary.enums import DeclineReason, ErasureState, KanaState, OfferPurpose
from mylibrary.querysets import (
    EmailConfirmationQuerySet,
    ErasureRequestQuerySet,
    KanaChangeQuerySet,
    LinkOfferQuerySet,
    PurposeShownQuerySet,
    ResetRequestQuerySet,
)
from patrons.models import Patron
from patrons.normalize import MAX_EMAIL_LENGTH, MAX_KANA_LENGTH, MAX_PATRON_NUMBER_LENGTH

OFFER_LASTS = timedelta(minutes=15)
PHONE_TRIES = 5
CONFIRMATION_LASTS = timedelta(hours=24)
RESET_LASTS = timedelta(minutes=30)


def default_expiry() -> datetime:
    return timezone.now() + OFFER_LASTS


def confirmation_expiry() -> datetime:
    return timezone.now() + CONFIRMATION_LASTS


def reset_expiry() -> datetime:
    return timezone.now() + RESET_LASTS


class LinkOffer(models.Model):
    """A card that was read, and the patron it may be linked to once its holder says so.

    Holds no claim but the subject, and the version of the purpose of use that was shown before the
    card was read. Where the card's address is not the patron's, `phone_needed`:
    the person has to know the number that the library has, within `tries_left` tries.
    """

    id = models.UUIDField("申し出ID", primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField("目的", max_length=10, choices=OfferPurpose)
    issuer = models.CharField("発行者", max_length=255)
    subject = models.CharField("識別子", max_length=255)
    patron = models.ForeignKey(
        Patron, verbose_name="利用者", on_delete=models.CASCADE, related_name="+"
    )
    phone_needed = models.BooleanField("電話番号の確認")
    privacy_version = models.CharField("示した利用目的の版", max_length=20, db_default="")
    tries_left = models.PositiveSmallIntegerField("残りの回数", default=PHONE_TRIES)
    created_at = models.DateTimeField("作成日時", default=timezone.now)
    expires_at = models.DateTimeField("期限", default=default_expiry)

    objects = LinkOfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "マイナンバーカードとの連携の申し出"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(purpose__in=OfferPurpose.values), name="link_offer_purpose_known"
            ),
        )
        indexes = (models.Index(fields=("expires_at",), name="link_offer_expires"),)

    def __str__(self) -> str:
        return str(self.pk)


class PurposeShown(models.Model):
    """A version of the purpose of use that a patron was shown before giving data in My Library.

    By linking or reading a card, or as contact data; `shown_at` is the first time. What was shown
    for the registration is at the application.
    """

    patron = models.ForeignKey(
        Patron, verbose_name="利用者", on_delete=models.CASCADE, related_name="+"
    )
    version = models.CharField("版", max_length=20)
    shown_at = models.DateTimeField("示した日時", default=timezone.now)

    objects = PurposeShownQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "示した利用目的"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("patron", "version"), name="purpose_shown_once_per_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version} {self.pk}"


class EmailConfirmation(models.Model):
    """An address that a patron has still to show to be theirs, by a link that was mailed to it.

    A new one that is to replace a confirmed one (a pending change), or the one on record.
    """

    id = models.UUIDField("確認ID", primary_key=True, default=uuid.uuid4, editable=False)
    patron = models.OneToOneField(
        Patron,
        verbose_name="利用者",
        on_delete=models.CASCADE,
        related_name="email_confirmation",
    )
    email = models.CharField("E-mail", max_length=MAX_EMAIL_LENGTH)
    created_at = models.DateTimeField("作成日時", default=timezone.now)
    expires_at = models.DateTimeField("期限", default=confirmation_expiry)

    objects = EmailConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "E-mailの確認"
        indexes = (models.Index(fields=("expires_at",), name="email_confirmation_expires"),)

    def __str__(self) -> str:
        return str(self.pk)


class ResetRequest(models.Model):
    """Somebody's wish for a mail by which a forgotten password is replaced.

    `number` and `email_key` are what was typed, until the worker has looked whom they fit: then
    only the patron stays, who is nobody where they fit nobody.
    """

    id = models.UUIDField("申し込みID", primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField("利用者番号", max_length=MAX_PATRON_NUMBER_LENGTH, blank=True)
    email_key = models.CharField("E-mail", max_length=MAX_EMAIL_LENGTH, blank=True)
    patron = models.ForeignKey(
        Patron,
        verbose_name="利用者",
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField("申し込み日時", default=timezone.now)
    expires_at = models.DateTimeField("期限", default=reset_expiry)
    answered_at = models.DateTimeField("確かめた日時", null=True, blank=True)
    used_at = models.DateTimeField("使用日時", null=True, blank=True)

    objects = ResetRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "パスワードの再設定の申し込み"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(answered_at=None) | models.Q(number="", email_key=""),
                name="reset_request_answered_holds_nothing_typed",
            ),
            models.CheckConstraint(
                condition=models.Q(patron=None) | models.Q(answered_at__isnull=False),
                name="reset_request_patron_was_looked_up",
            ),
        )
        indexes = (models.Index(fields=("expires_at",), name="reset_request_expires"),)

    def __str__(self) -> str:
        return str(self.pk)


class ResetStop(models.Model):
    """That no link to a new password is mailed for a patron, because the mailbox may be another's.

    Said by the patron, whose card was read just now, or by `staff` who know who it is; gone as soon
    as either of them takes it back.
    """

    patron = models.OneToOneField(
        Patron, verbose_name="利用者", on_delete=models.CASCADE, related_name="reset_stop"
    )
    stopped_at = models.DateTimeField("停止した日時", default=timezone.now)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="職員",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = verbose_name_plural = "E-mailでのパスワード再設定の停止"
        default_permissions = ()
        permissions = (("decide_resetstop", "E-mailでのパスワード再設定を停止・再開できる"),)

    def __str__(self) -> str:
        return str(self.pk)


class KanaChange(models.Model):
    """A patron's wish that the kana of the name be another, and what staff decided.

    `*_before` is the kana on record when it was asked for. A row that is no longer `requested` is a
    record: a trigger refuses any change. It goes with its patron.
    """

    patron = models.ForeignKey(
        Patron, verbose_name="利用者", on_delete=models.CASCADE, related_name="kana_changes"
    )
    last_name_before = models.CharField("前の姓", max_length=MAX_KANA_LENGTH, blank=True)
    first_name_before = models.CharField("前の名", max_length=MAX_KANA_LENGTH, blank=True)
    last_name_kana = models.CharField("新しい姓", max_length=MAX_KANA_LENGTH)
    first_name_kana = models.CharField("新しい名", max_length=MAX_KANA_LENGTH, blank=True)
    requested_at = models.DateTimeField("申し込み日時", default=timezone.now)
    state = models.CharField(
        "状況", max_length=10, choices=KanaState, default=KanaState.REQUESTED, editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="職員",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    decided_at = models.DateTimeField("終了日時", null=True, blank=True)
    note = models.TextField("メモ", blank=True)

    objects = KanaChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名前カタカナの変更"
        default_permissions = ("view",)
        permissions = (("decide_kanachange", "名前カタカナの変更を決定できる"),)
        constraints = (
            models.UniqueConstraint(
                fields=("patron",),
                condition=Q(state=KanaState.REQUESTED),
                name="kana_change_one_waiting_per_patron",
            ),
            models.CheckConstraint(
                condition=Q(state=KanaState.REQUESTED, decided_at=None, decided_by=None)
                | Q(state=KanaState.CANCELLED, decided_at__isnull=False, decided_by=None)
                | Q(
                    state__in=(KanaState.APPROVED, KanaState.DECLINED),
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="kana_change_decided_by_whom_it_says",
            ),
        )
        indexes = (
            models.Index(
                fields=("requested_at", "id"),
                condition=Q(state=KanaState.REQUESTED),
                name="kana_change_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.pk}"

    @property
    def before(self) -> tuple[str, str]:
        """Family and given name in kana when the change was asked for."""
        return (self.last_name_before, self.first_name_before)

    @property
    def wanted(self) -> tuple[str, str]:
        """Family and given name in kana as they are to be."""
        return (self.last_name_kana, self.first_name_kana)

    @property
    def full_name_kana(self) -> str:
        """The wanted kana as one text, with one U+3000 between."""
        return "\u3000".join(filter(None, self.wanted))

    @property
    def full_name_before(self) -> str:
        """The kana so far as one text, with one U+3000 between."""
        return "\u3000".join(filter(None, self.before))


class ErasureRequest(models.Model):
    """A patron's wish that the library erase what it holds, and what became of it.

    Staff look and decide; until then the patron may cancel. `reason` is told to the patron, `note`
    is for the staff and holds nothing personal.
    """

    patron = models.ForeignKey(
        Patron, verbose_name="利用者", on_delete=models.PROTECT, related_name="erasure_requests"
    )
    state = models.CharField("状態", max_length=10, choices=ErasureState, default=ErasureState.OPEN)
    requested_at = models.DateTimeField("申し込みの日時", default=timezone.now)
    closed_at = models.DateTimeField("終了した日時", null=True, blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="職員",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField("お断りの理由", max_length=10, choices=DeclineReason, blank=True)
    note = models.TextField("メモ", blank=True)

    objects = ErasureRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "個人情報の消去の申し込み"
        default_permissions = ("view",)
        permissions = (("decide_erasurerequest", "個人情報の消去を決定できる"),)
        constraints = (
            models.UniqueConstraint(
                fields=("patron",),
                condition=Q(state=ErasureState.OPEN),
                name="erasure_request_one_open_per_patron",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ErasureState.values), name="erasure_request_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ErasureState.OPEN, closed_at=None)
                | Q(~Q(state=ErasureState.OPEN), closed_at__isnull=False),
                name="erasure_request_open_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=(ErasureState.CONFIRMED, ErasureState.DECLINED), staff__isnull=False
                )
                | Q(~Q(state__in=(ErasureState.CONFIRMED, ErasureState.DECLINED)), staff=None),
                name="erasure_request_decided_by_staff",
            ),
            models.CheckConstraint(
                condition=Q(Q(state=ErasureState.DECLINED), ~Q(reason=""))
                | Q(~Q(state=ErasureState.DECLINED), reason=""),
                name="erasure_request_declined_for_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"消去の申し込み {self.pk}"
