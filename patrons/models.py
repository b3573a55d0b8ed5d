"""The one shared patron model."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patrons import birth_date
from patrons.doubles.models import DoubleSearch, PossibleDouble
from patrons.first_login.models import FirstLoginCode
from patrons.matching.keys import MAX_KEY_LENGTH
from patrons.normalize import MAX_EMAIL_LENGTH, MAX_KANA_LENGTH, MAX_PATRON_NUMBER_LENGTH
from patrons.querysets import IdentityLinkQuerySet, PatronQuerySet
from patrons.residency import ResidencyReason
from patrons.withholding.models import WithholdingAct
from patrons.withholding.shown import WithheldPatron
from staff.roles import OF_PATRONS

__all__ = [
    "ContactMethod",
    "DoubleSearch",
    "FirstLoginCode",
    "IdentityLink",
    "Patron",
    "PatronExport",
    "PossibleDouble",
    "RegisteredVia",
    "WithholdingAct",
]

# How long the birth date logs in from the registration on. The login page and the mail
# 登録申請受付メール say until when.
FIRST_LOGIN_DAYS = 90
VISIBLE_SUBJECT_CHARACTERS = 4


class ContactMethod(models.TextChoices):
    """How the library tells a patron that a hold is ready (予約連絡方法)."""

    NONE = "none", _("不要")
    EMAIL = "email", _("メール")
    PHONE = "phone", _("電話")


class RegisteredVia(models.TextChoices):
    ONLINE = "online", _("電子申請")
    COUNTER = "counter", _("窓口")
    IMPORT = "import", _("取り込み")


# What erasing leaves in the columns that say something about the person.
EMPTIED_BY_ERASURE: dict[str, object] = {
    "name": "",
    "name_key": "",
    "last_name_kana": "",
    "first_name_kana": "",
    "kana_key": "",
    "kana_outdated": False,
    "birth_date": birth_date.NOTHING_KNOWN,
    "postal_code": "",
    "postal_code_outdated": False,
    "address": "",
    "address_key": "",
    "phone": "",
    "email": "",
    "email_key": "",
    "confirmed_email": "",
    "bounced_email": "",
    "contact_method": ContactMethod.NONE,
    "language": "",
    "moved_out_at": None,
    "first_login_until": None,
    "first_login_reminded_at": None,
    "namesake_no": 0,
    "withheld_at": None,
}

LISTED = ["-registered_at", "-id"]
SEARCHED = ("number", "name_key", "kana_key", "phone", "email_key")


class Patron(models.Model):
    """A registered user of the library (利用者); from `erased_at` on the row is empty and stays so.

    `name`, `birth_date` and `address` of an online registration are byte for byte what the identity
    service returned, name and address when the card was last read; `*_key` are for matching only.
    `verified_at` is the last reading of the card, `card_data_at` the last that gave name and
    address: linking a card takes nothing over. After a change of those, `kana_outdated` and
    `postal_code_outdated` stay set until the patron has confirmed what was typed. `moved_out_at` is
    when a card first showed an address outside the area. `namesake_no` tells two people apart whom
    staff found to share name and birth date. `withheld_at` is since when nobody is told where the
    patron lives or is reached (`patrons.withholding`): pages show `shown`, never the columns.

    `updated_at` moves with the data the library system needs, not with logins; a trigger keeps it
    later than an `exported_at` before it. `exported_at` is when a file for the library system was
    written, `reflected_at` when a file of the library system first held the number here: until then
    it is not known to lend to the patron. `synced_at` is when this row and the library system's
    last agreed, by an export or by a file of that moment: an older file knows less.

    `confirmed_email` and `bounced_email` are the last address whose mailbox was shown to be the
    patron's and the last one that a mail server refused: they speak of `email` while they equal it,
    so whoever writes another address need not know of them.
    """

    number = models.CharField(_("利用者番号"), max_length=MAX_PATRON_NUMBER_LENGTH, unique=True)
    name = models.TextField(_("名前"))
    name_key = models.CharField(max_length=MAX_KEY_LENGTH, editable=False)
    last_name_kana = models.CharField(_("姓（カタカナ）"), max_length=MAX_KANA_LENGTH, blank=True)
    first_name_kana = models.CharField(_("名（カタカナ）"), max_length=MAX_KANA_LENGTH, blank=True)
    kana_key = models.CharField(max_length=MAX_KEY_LENGTH, editable=False)
    kana_outdated = models.BooleanField(
        _("カタカナの確認待ち（名前の変更後）"), default=False, db_default=False
    )
    birth_date = models.CharField(_("生年月日"), max_length=8)
    postal_code = models.CharField(_("郵便番号"), max_length=7, blank=True)
    postal_code_outdated = models.BooleanField(
        _("郵便番号の確認待ち（住所の変更後）"), default=False, db_default=False
    )
    address = models.TextField(_("住所"), blank=True)
    address_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, editable=False)
    phone = models.CharField(_("電話番号"), max_length=15, blank=True)
    email = models.CharField(_("E-mail"), max_length=MAX_EMAIL_LENGTH, blank=True)
    email_key = models.CharField(max_length=MAX_EMAIL_LENGTH, blank=True, editable=False)
    confirmed_email = models.CharField(
        _("確認済みのE-mail"), max_length=254, blank=True, db_default="", editable=False
    )
    bounced_email = models.CharField(
        _("届かなかったE-mail"), max_length=254, blank=True, db_default="", editable=False
    )
    language = models.CharField(_("ことば"), max_length=10, blank=True, default="", db_default="")
    contact_method = models.CharField(
        _("予約連絡方法"), max_length=10, choices=ContactMethod, default=ContactMethod.NONE
    )
    municipality_code = models.CharField(_("市町"), max_length=5, blank=True)
    residency_reason = models.CharField(
        _("居住地の判定"), max_length=20, choices=ResidencyReason, blank=True
    )
    residency_rule_version = models.CharField(_("判定表の版"), max_length=20, blank=True)
    verified_at = models.DateTimeField(_("カードの読み取り日時"), null=True, blank=True)
    card_data_at = models.DateTimeField(
        _("名前・住所をカードから取り込んだ日時"), null=True, blank=True, editable=False
    )
    moved_out_at = models.DateTimeField(
        _("対象地域外への転出がわかった日時"), null=True, blank=True
    )
    registered_via = models.CharField(_("登録方法"), max_length=10, choices=RegisteredVia)
    registered_at = models.DateTimeField(_("登録日時"), default=timezone.now)
    first_login_until = models.DateTimeField(_("初回ログイン期限"), null=True, blank=True)
    first_login_reminded_at = models.DateTimeField(
        _("初回ログインの案内日時"), null=True, blank=True
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ログイン"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="patron",
    )
    namesake_no = models.PositiveSmallIntegerField(_("同姓同名の別人の番号"), default=0)
    withheld_at = models.DateTimeField(
        _("情報秘匿の設定日時"), null=True, blank=True, editable=False
    )
    withdrawn_at = models.DateTimeField(_("退会日時"), null=True, blank=True)
    erased_at = models.DateTimeField(_("個人情報の消去日時"), null=True, blank=True)
    exported_at = models.DateTimeField(_("貸出システムへの書き出し日時"), null=True, blank=True)
    reflected_at = models.DateTimeField(
        _("貸出システム反映日時"), null=True, blank=True, editable=False
    )
    synced_at = models.DateTimeField(
        _("貸出システムと一致した日時"), null=True, blank=True, editable=False
    )
    updated_at = models.DateTimeField(_("更新日時"), default=timezone.now)
    # A column, not a comparison in each query: only of a column the planner knows how few it is.
    export_pending = models.GeneratedField(
        verbose_name=_("書き出し待ち"),
        expression=models.ExpressionWrapper(
            Q(exported_at__isnull=True) | Q(exported_at__lt=models.F("updated_at")),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = PatronQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("利用者")
        permissions = OF_PATRONS
        constraints = [
            models.UniqueConstraint(
                fields=["name_key", "birth_date", "namesake_no"],
                condition=Q(withdrawn_at=None),
                name="patron_one_per_name_and_birth_date",
                violation_error_message=_("同じ名前と生年月日の利用者がいます。"),
            ),
            models.CheckConstraint(
                condition=Q(birth_date__regex=r"^[0-9]{8}$"),
                name="patron_birth_date_eight_digits",
                violation_error_message=_("生年月日は8ケタの数字です。"),
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(withdrawn_at__isnull=False, **EMPTIED_BY_ERASURE),
                name="patron_erased_is_empty",
                violation_error_message=_("個人情報を消去した利用者には、何も書き込めません。"),
            ),
        ]
        indexes = [
            models.Index(fields=["kana_key", "birth_date"], name="patron_kana_birth_date"),
            # In which order the search for doubles looks at them.
            models.Index(fields=["updated_at", "id"], name="patron_updated_at"),
            models.Index(fields=["birth_date"], name="patron_birth_date"),
            # More arms of `patrons.matching.candidates`, which repeats their conditions.
            *(
                models.Index(
                    fields=[column],
                    condition=Q(withdrawn_at=None) & ~Q(**{column: ""}),
                    name=f"patron_{column}",
                )
                for column in ("phone", "email_key", "address_key")
            ),
            # The admin's list in its order: all patrons, and what its filters leave of them.
            models.Index(fields=LISTED, name="patron_registered_at"),
            models.Index(fields=["municipality_code", *LISTED], name="patron_municipality"),
            models.Index(fields=["registered_via", *LISTED], name="patron_registered_via"),
            models.Index(
                fields=LISTED, condition=Q(moved_out_at__isnull=False), name="patron_moved_out_at"
            ),
            models.Index(
                fields=LISTED, condition=Q(withdrawn_at__isnull=False), name="patron_withdrawn_at"
            ),
            models.Index(
                fields=LISTED, condition=~Q(bounced_email=""), name="patron_bounced_email"
            ),
            models.Index(
                fields=LISTED,
                condition=Q(withdrawn_at=None)
                & ~Q(email="")
                & ~Q(confirmed_email=models.F("email")),
                name="patron_email_unconfirmed",
            ),
            models.Index(
                fields=LISTED,
                condition=Q(withdrawn_at=None, user=None, first_login_until__isnull=False),
                name="patron_never_logged_in",
            ),
            models.Index(
                fields=LISTED, condition=Q(withheld_at__isnull=False), name="patron_withheld_at"
            ),
            models.Index(
                fields=LISTED, condition=Q(export_pending=True), name="patron_to_be_exported"
            ),
            models.Index(
                fields=LISTED, condition=Q(reflected_at=None), name="patron_not_reflected"
            ),
            models.Index(
                fields=["withdrawn_at"],
                condition=Q(withdrawn_at__isnull=False, erased_at=None),
                name="patron_to_be_erased",
            ),
            # Whom the daily reminder has not reached: few of all patrons, the nearest end first.
            models.Index(
                fields=["first_login_until", "id"],
                condition=Q(
                    first_login_until__isnull=False, first_login_reminded_at=None, withdrawn_at=None
                ),
                name="patron_first_login_ending",
            ),
            GinIndex(
                fields=SEARCHED, opclasses=["gin_trgm_ops"] * len(SEARCHED), name="patron_search"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    @admin.display(description=_("名前カタカナ"), ordering="kana_key")
    def full_name_kana(self) -> str:
        """Family and given name in kana with one U+3000 between, or the one there is."""
        return f"{self.last_name_kana}\u3000{self.first_name_kana}".strip("\u3000")

    @property
    @admin.display(description=_("生年月日"), ordering="birth_date")
    def birth_date_display(self) -> str:
        """The birth date as 2013/7/20, unknown parts as 不明."""
        return birth_date.display(self.birth_date)

    @property
    def is_withheld(self) -> bool:
        """Whether nobody is told where the patron lives or is reached, and no card opens it."""
        return self.withheld_at is not None

    @property
    def shown(self) -> Any:
        """The patron as may be shown on a page, in a mail or in a file."""
        return WithheldPatron(self) if self.withheld_at else self

    @property
    def is_email_confirmed(self) -> bool:
        """Whether the mailbox of the address on record was shown to be the patron's."""
        return bool(self.email) and self.email == self.confirmed_email

    @property
    def is_email_bounced(self) -> bool:
        """Whether a mail server refused the last mail to the address on record for good."""
        return bool(self.email) and self.email == self.bounced_email

    @property
    def is_first_login_open(self) -> bool:
        """Whether the birth date is the patron's password still, whatever else is asked."""
        return (
            self.first_login_until is not None
            and timezone.now() < self.first_login_until
            and not self.has_own_password
            and birth_date.split(self.birth_date).year is not None
        )

    @property
    def has_own_password(self) -> bool:
        """Whether the patron chose a password; from then on the birth date never logs in."""
        return self.user is not None and self.user.has_usable_password()


class IdentityLink(models.Model):
    """A subject of the identity service known to be a patron (pairwise, never shown in full)."""

    issuer = models.CharField(_("発行者"), max_length=255)
    subject = models.CharField(_("識別子"), max_length=255)
    patron = models.ForeignKey(
        Patron, verbose_name=_("利用者"), on_delete=models.PROTECT, related_name="identity_links"
    )
    linked_at = models.DateTimeField(_("連携日時"), default=timezone.now)
    revoked_at = models.DateTimeField(_("解除日時"), null=True, blank=True)

    objects = IdentityLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("マイナンバーカードとの連携")
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                name="identity_link_one_per_subject",
                violation_error_message=_("この識別子は連携済みです。"),
            ),
        ]

    def __str__(self) -> str:
        return f"連携 {self.pk}"  # not shown

    @property
    @admin.display(description=_("識別子"))
    def subject_start(self) -> str:
        """What may be shown of it: enough to tell two cards apart, not to recognise one."""
        return f"{self.subject[:VISIBLE_SUBJECT_CHARACTERS]}…"


class PatronExport(models.Model):
    """A file of patrons that was written for the library system.

    `patrons` counts its lines, `marked` the patrons who were not exported as they are before,
    `reported` those with characters that the encoding lacks.
    """

    started_at = models.DateTimeField(_("データの日時"))
    finished_at = models.DateTimeField(_("書き出し日時"))
    file_name = models.CharField(_("ファイル名"), max_length=255)
    encoding = models.CharField(_("文字コード"), max_length=20)
    patrons = models.PositiveIntegerField(_("利用者数"))
    marked = models.PositiveIntegerField(_("書き出し済みにした利用者数"))
    reported = models.PositiveIntegerField(_("文字を置き換えた利用者数"))

    class Meta:
        verbose_name = verbose_name_plural = _("貸出システムへの書き出し")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name
