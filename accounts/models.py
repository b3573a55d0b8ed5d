"""Who may log in, and their sessions."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who may log in: staff, or the login of a patron."""

    username = models.CharField("ユーザー名", max_length=150, unique=True)
    is_staff = models.BooleanField("職員", default=False)
    is_active = models.BooleanField("有効", default=True)
    date_joined = models.DateTimeField("作成日時", default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = verbose_name_plural = "ログインする人"


class Session(AbstractBaseSession):
    """A browser's session, kept in PostgreSQL."""
