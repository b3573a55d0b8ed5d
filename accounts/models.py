"""Who may log in, their passkeys and sessions, and how often somebody tried."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.second_factor.models import AuthenticatorApp, RecoveryCode
from accounts.timeouts import CLOCK_SKEW, absolute_timeout, idle_timeout
from accounts.validators import PATRON_PREFIX, validate_staff_username
from audit.enums import Event
from audit.services import record
from ui.browsers import browser_label

# What Django looks for here.
__all__ = ["AuthenticatorApp", "LoginBucket", "Passkey", "RecoveryCode", "Session", "User"]

# Bytes: the specification's limit, and room for an RSA key of 4096 bits.
MAXIMUM_CREDENTIAL_ID = 1023
MAXIMUM_PUBLIC_KEY = 1024
MAXIMUM_PASSKEY_NAME = 40

Login = TypeVar("Login", bound=AbstractBaseUser)


class UserManager(BaseUserManager[Login]):
    """Make users without the names and the e-mail address that ours do not have.

    Raises ValidationError for a staff username that could be a patron's number.
    """

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Any:
        user: Any = self.model(username=self.model.normalize_username(username), **fields)
        if user.is_staff:
            validate_staff_username(user.username)
        user.set_password(password)
        user.save(using=self._db)
        if user.is_staff:
            record(
                Event.RIGHTS_CHANGED,
                reason="added",
                object_type="accounts.user",
                object_id=user.pk,
                fields=fields,
            )
        return user

    def with_second_factor(self) -> models.QuerySet[Any]:
        """Staff who have something to show besides the password."""
        has_one = Exists(AuthenticatorApp.objects.filter(user=OuterRef("pk"))) | Exists(
            Passkey.objects.filter(user=OuterRef("pk"))
        )
        return self.filter(has_one, is_staff=True).order_by("username")

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Any:
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who may log in: a member of staff, or the login of a patron.

    Staff log in with `username`; a patron's is opaque (`patron:<id>`) and is typed by nobody.
    `name` is what other staff read of a member of staff; a patron's login has none.
    `patron_number` is under which a member of staff uses the library, where 管理 was told.
    `passkey_handle` is what authenticators know the user by: random, made with the first passkey.
    """

    username = models.CharField(
        _("ユーザー名"),
        max_length=150,
        unique=True,
        validators=[validate_staff_username],
        help_text=_("150文字以内。文字、数字と @ . + - _ が使えます。数字だけにはできません。"),
        error_messages={"unique": _("同じユーザー名がすでにあります。別の名前にしてください。")},
    )
    name = models.CharField(
        "氏名",  # not shown
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="職員の氏名。操作の記録や決定に、この名前を表示します。",  # not shown
    )
    is_staff = models.BooleanField(_("職員"), default=False, help_text=_("管理画面に入れます。"))
    is_active = models.BooleanField(
        _("有効"), default=True, help_text=_("使わなくなった人は、削除せずにここを外してください。")
    )
    patron_number = models.CharField(
        "職員本人の利用者番号",  # not shown
        max_length=32,
        blank=True,
        default="",
        db_default="",
        help_text="本人、同僚、同じ住所の利用者の記録を開くと、管理に知らせます。"  # not shown
        "番号がなければ、空けておきます。",  # not shown
    )
    date_joined = models.DateTimeField(_("作成日時"), default=timezone.now, editable=False)
    passkey_handle = models.BinaryField(max_length=64, null=True, unique=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    # Django's: the new password in clear until the user is saved.
    _password: str | None

    class Meta:
        verbose_name = verbose_name_plural = _("職員")
        permissions = (
            ("assign_roles", "職員に役割を付けられる"),  # not shown
            ("reset_second_factor", "職員の2段階認証を解除できる"),  # not shown
            ("export_cases", "申請、確認、申し込みの一覧をファイルに書き出せる"),  # not shown
            ("export_lists", "そのほかの一覧をファイルに書き出せる"),  # not shown
        )
        constraints = [
            models.CheckConstraint(
                name="staff_username_has_a_letter",
                condition=Q(is_staff=False)
                | Q(username__regex="[[:alpha:]]") & ~Q(username__startswith=PATRON_PREFIX),
                violation_error_message=_("職員のユーザー名には文字を入れてください。"),
            )
        ]

    @property
    def has_second_factor(self) -> bool:
        """Whether there is something to show besides the password (`accounts.second_factor`)."""
        return self.passkeys.exists() or AuthenticatorApp.objects.filter(user=self).exists()

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """Return the name, "" for a patron's login; Django's pages ask for it, and for the next."""
        return self.name

    get_short_name = get_full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Record that a member of staff has another password, whichever page or command set it."""
        is_new_password = self.is_staff and self._password is not None
        with transaction.atomic() if is_new_password else nullcontext():
            super().save(*args, **kwargs)
            if is_new_password:
                record(Event.STAFF_PASSWORD, object_type="accounts.user", object_id=self.pk)


class Passkey(models.Model):
    """A public key of a user's, whose private key an authenticator keeps (WebAuthn Level 3).

    `public_key` is a COSE key. `sign_count` stays 0 where the authenticator does not count. A key
    that is `backup_eligible` can be on several devices; whether it is now, `backed_up` says.
    """

    user = models.ForeignKey(
        User, verbose_name=_("ログインする人"), on_delete=models.CASCADE, related_name="passkeys"
    )
    name = models.CharField(_("名前"), max_length=MAXIMUM_PASSKEY_NAME)
    credential_id = models.BinaryField(_("識別子"), max_length=MAXIMUM_CREDENTIAL_ID, unique=True)
    public_key = models.BinaryField(_("公開鍵"), max_length=MAXIMUM_PUBLIC_KEY)
    sign_count = models.PositiveBigIntegerField(_("署名の回数"), default=0)
    transports = ArrayField(
        models.CharField(max_length=20), verbose_name=_("通信のしかた"), default=list
    )
    backup_eligible = models.BooleanField(_("同期できる"))
    backed_up = models.BooleanField(_("同期されている"))
    created_at = models.DateTimeField(_("追加日時"), default=timezone.now)
    last_used_at = models.DateTimeField(_("最終利用日時"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("パスキー")
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return f"パスキー {self.pk}"  # not shown


class SessionQuerySet(models.QuerySet):
    """Sessions; a session in which somebody is logged in is a login."""

    def logins_of(self, user: AbstractBaseUser) -> Self:
        """Every login of one user, over or not."""
        return self.filter(user=user)

    def active(self, now: datetime) -> Self:
        """Logins that are not over, the last used first."""
        to_come, in_time = now + CLOCK_SKEW, Q()
        for is_staff in (False, True):
            in_time |= Q(
                user__is_staff=is_staff,
                last_seen_at__range=(now - idle_timeout(is_staff=is_staff), to_come),
                logged_in_at__range=(now - absolute_timeout(is_staff=is_staff), to_come),
            )
        return self.filter(in_time, expire_date__gt=now).order_by("-last_seen_at")

    def timed_out(self, now: datetime) -> Self:
        """Logins that are past one of their time-outs, or still to come (`timeouts.is_over`)."""
        to_come = now + CLOCK_SKEW
        over = Q(last_seen_at__gt=to_come) | Q(logged_in_at__gt=to_come)
        for is_staff in (False, True):
            over |= Q(user__is_staff=is_staff) & (
                Q(last_seen_at__lte=now - idle_timeout(is_staff=is_staff))
                | Q(logged_in_at__lte=now - absolute_timeout(is_staff=is_staff))
            )
        return self.filter(over, logged_in_at__isnull=False)

    def unreceived(self, former_key: str, since: timedelta) -> Self:
        """Sessions that had this key and whose new one nobody has come with, the newest first."""
        now = timezone.now()
        return self.filter(
            ~Q(former_key=""),
            former_key=former_key,
            created_at__gt=now - since,
            created_at__lt=now + CLOCK_SKEW,
            expire_date__gt=now,
        ).order_by("-created_at")


class Session(AbstractBaseSession):
    """A browser's session, kept in PostgreSQL, and whose it is while somebody is logged in.

    `login_id` names the login on pages, where the key must never stand; `browser` holds the
    marks of one (`ui.browsers`). `former_key` is the key before, until the browser has come with
    its new one; `former_answer` the SHA-256 hex digest of what it takes to go on from there, if it
    can.
    """

    user = models.ForeignKey(
        User,
        verbose_name=_("ログインした人"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    created_at = models.DateTimeField(_("開始日時"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("最終利用日時"), default=timezone.now)
    login_id = models.UUIDField(_("ログインID"), null=True, editable=False)
    logged_in_at = models.DateTimeField(_("ログイン日時"), null=True)
    browser = models.CharField(_("端末とブラウザ"), max_length=40, blank=True)
    former_key = models.CharField(_("前のキー"), max_length=40, blank=True, editable=False)
    former_answer = models.CharField(_("前のキーの証明"), max_length=64, blank=True, editable=False)

    objects: ClassVar = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = "セッション"  # not shown
        constraints = [
            models.CheckConstraint(
                name="session_login_is_whole",
                condition=Q(user=None, login_id=None, logged_in_at=None, browser="")
                | Q(user__isnull=False, login_id__isnull=False, logged_in_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(
                name="session_former_key", fields=["former_key"], condition=~Q(former_key="")
            )
        ]

    @property
    def place(self) -> str:
        """The kinds of device and browser, in the reader's language; "" where neither is known."""
        return browser_label(self.browser)

    @classmethod
    def get_session_store_class(cls) -> type:
        return import_module(settings.SESSION_ENGINE).SessionStore


class LoginBucket(models.Model):
    """How full one limit on login attempts is (see `accounts.buckets`).

    `key` is an HMAC, so neither a number nor an address can be read here; `free_at` is the time at
    which nothing of the limit is used any more.
    """

    key = models.CharField(max_length=64, primary_key=True)
    free_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("ログイン試行の制限")

    def __str__(self) -> str:
        return self.key
