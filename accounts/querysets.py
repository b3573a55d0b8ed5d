"""Named reads of sessions and passkeys."""

from datetime import datetime, timedelta
from typing import Self, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.timeouts import CLOCK_SKEW, absolute_timeout, idle_timeout

Row = TypeVar("Row", bound=models.Model)


class SessionQuerySet(models.QuerySet):
    """Sessions; a session in which somebody is logged in is a login."""

    def logins_of(self, user: AbstractBaseUser) -> Self:
        """Every login of one user, over or not."""
        return self.filter(user=user)

    def with_login_id(self, login_id: UUID) -> Self:
        """The login of that public name."""
        return self.filter(login_id=login_id)

    def other_than(self, login_id: UUID | None) -> Self:
        """Every login but that one."""
        return self.exclude(login_id=login_id)

    def active(self, now: datetime) -> Self:
        """Logins that are not over, the last used first."""
        return self.filter(
            last_seen_at__range=(now - idle_timeout(), now + CLOCK_SKEW),
            logged_in_at__range=(now - absolute_timeout(), now + CLOCK_SKEW),
            expire_date__gt=now,
        ).order_by("-last_seen_at")

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

    def bring_back(self, now: datetime) -> int:
        """Let sessions that a clock ahead has written end in their time, counted from now."""
        latest = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return self.filter(expire_date__gt=latest + CLOCK_SKEW).update(expire_date=latest)

    def timed_out(self, now: datetime) -> Self:
        """Logins that are past one of their time-outs, or still to come (`timeouts.is_over`)."""
        to_come = now + CLOCK_SKEW
        return self.filter(
            Q(last_seen_at__lte=now - idle_timeout())
            | Q(logged_in_at__lte=now - absolute_timeout())
            | Q(last_seen_at__gt=to_come)
            | Q(logged_in_at__gt=to_come),
            logged_in_at__isnull=False,
        )


class PasskeyQuerySet(models.QuerySet[Row]):
    """Passkeys."""

    def to_be_used(self, credential_id: bytes) -> Row | None:
        """The passkey of an id with its user, locked for its next use; None for an unknown id."""
        found = self.filter(credential_id=credential_id).select_related("user")
        return found.select_for_update(of=("self",), no_key=True).first()
