"""What a member of staff shows besides the password; passkeys are `accounts.models.Passkey`."""

from django.db import models
from django.utils import timezone


class AuthenticatorApp(models.Model):
    """An app that shows six digits, other ones every half minute (TOTP, RFC 6238).

    `sealed_secret` is what the digits are made of (`accounts.second_factor.totp`), readable with
    our key alone. `last_step` is the half minute of the last code that was used: no earlier one,
    and not that one again, opens anything.
    """

    user = models.OneToOneField(
        "accounts.User",
        verbose_name="職員",
        on_delete=models.CASCADE,
        related_name="authenticator_app",
    )
    sealed_secret = models.BinaryField("秘密の値", max_length=500)
    last_step = models.PositiveBigIntegerField("最後に使った時間")
    created_at = models.DateTimeField("登録日時", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "認証アプリ"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class RecoveryCode(models.Model):
    """A code that lets somebody in once who has lost the app or the key; its SHA-256 hex digest."""

    user = models.ForeignKey(
        "accounts.User",
        verbose_name="職員",
        on_delete=models.CASCADE,
        related_name="recovery_codes",
    )
    digest = models.CharField("ハッシュ", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "予備コード"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_once"),
        )

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
