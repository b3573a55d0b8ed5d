"""The one shared patron model."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from patrons import birth_date
from patrons.enums import ContactMethod, RegisteredVia, ResidencyReason
from patrons.normalize import (
    MAX_EMAIL_LENGTH,
    MAX_KANA_LENGTH,
    MAX_KEY_LENGTH,
    MAX_PATRON_NUMBER_LENGTH,
)
from patrons.querysets import IdentityLinkQuerySet, PatronQuerySet

SEARCHED = ("number", "name_key", "kana_key", "phone", "email_key")


class Patron(models.Model):
    """A registered user of the library (利用者).

    `name`, `birth_date` and `address` of an online registration are byte for byte what the identity
    service returned; `*_key` are for matching only. `namesake_no` tells two people apart whom staff
    found to share name and birth date. `updated_at` moves with the data the library system needs,
    not with logins. While `first_login_until` is set and not past, the birth date logs in.
    """

    number = models.CharField("利用者番号", max_length=MAX_PATRON_NUMBER_LENGTH, unique=True)
    name = models.TextField("名前")
    name_key = models.CharField(max_length=MAX_KEY_LENGTH, editable=False)
    last_name_kana = models.CharField("姓（カタカナ）", max_length=MAX_KANA_LENGTH, blank=True)
    first_name_kana = models.CharField("名（カタカナ）", max_length=MAX_KANA_LENGTH, blank=True)
    kana_key = models.CharField(max_length=MAX_KEY_LENGTH, editable=False)
    birth_date = models.CharField("生年月日", max_length=8)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.TextField("住所", blank=True)
    address_key = models.CharField(max_length=MAX_KEY_LENGTH, blank=True, editable=False)
    phone = models.CharField("電話番号", max_length=15, blank=True)
    email = models.CharField("E-mail", max_length=MAX_EMAIL_LENGTH, blank=True)
    email_key = models.CharField(max_length=MAX_EMAIL_LENGTH, blank=True, editable=False)
    contact_method = models.CharField(
        "予約連絡方法",
        max_length=10,
        choices=ContactMethod.choices,
        default=ContactMethod.NONE,
    )
    municipality_code = models.CharField("市町", max_length=5, blank=True)
    residency_reason = models.CharField(
        "居住地の判定", max_length=20, choices=ResidencyReason.choices, blank=True
    )
    residency_rule_version = models.CharField("判定表の版", max_length=20, blank=True)
    registered_via = models.CharField("登録方法", max_length=10, choices=RegisteredVia.choices)
    registered_at = models.DateTimeField("登録日時", default=timezone.now)
    first_login_until = models.DateTimeField("初回ログイン期限", null=True, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name="ログイン",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="patron",
    )
    namesake_no = models.PositiveSmallIntegerField("同姓同名の別人の番号", default=0)
    withdrawn_at = models.DateTimeField("退会日時", null=True, blank=True)
    exported_at = models.DateTimeField("貸出システム反映日時", null=True, blank=True)
    updated_at = models.DateTimeField("更新日時", default=timezone.now)

    objects = PatronQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "利用者"
        constraints = [
            models.UniqueConstraint(
                fields=["name_key", "birth_date", "namesake_no"],
                condition=models.Q(withdrawn_at=None),
                name="patron_one_per_name_and_birth_date",
                violation_error_message="同じ名前と生年月日の利用者がいます。",
            ),
            models.CheckConstraint(
                condition=models.Q(birth_date__regex=r"^[0-9]{8}$"),
                name="patron_birth_date_eight_digits",
                violation_error_message="生年月日は8ケタの数字です。",
            ),
        ]
        indexes = [
            models.Index(fields=["kana_key", "birth_date"], name="patron_kana_birth_date"),
            models.Index(fields=["-registered_at"], name="patron_registered_at"),
            GinIndex(
                fields=SEARCHED, opclasses=["gin_trgm_ops"] * len(SEARCHED), name="patron_search"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def full_name_kana(self) -> str:
        """Family and given name in kana with one U+3000 between, or the one there is."""
        return f"{self.last_name_kana}\u3000{self.first_name_kana}".strip("\u3000")

    @property
    def birth_date_display(self) -> str:
        """The birth date as 2013/7/20, unknown parts as 不明."""
        return birth_date.display(self.birth_date)

    @property
    def has_own_password(self) -> bool:
        """Whether the patron chose a password; from then on the birth date never logs in."""
        return self.user is not None and self.user.has_usable_password()


class IdentityLink(models.Model):
    """A subject of the identity service known to be a patron (pairwise, never shown in full)."""

    issuer = models.CharField("発行者", max_length=255)
    subject = models.CharField("識別子", max_length=255)
    patron = models.ForeignKey(
        Patron, verbose_name="利用者", on_delete=models.PROTECT, related_name="identity_links"
    )
    linked_at = models.DateTimeField("連携日時", default=timezone.now)
    revoked_at = models.DateTimeField("解除日時", null=True, blank=True)

    objects = IdentityLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "マイナンバーカードとの連携"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                name="identity_link_one_per_subject",
                violation_error_message="この識別子は連携済みです。",
            ),
        ]

    def __str__(self) -> str:
        return f"連携 {self.pk}"
