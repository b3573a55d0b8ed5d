"""A phone that shows the card without a login."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mylibrary.expiring import ExpiringQuerySet
from patrons.models import Patron
from ui.browsers import browser_label


class DeviceCard(models.Model):
    """The one device that opens a patron's card alone; another takes its place.

    `digest` is of the key in its cookie, `password_mark` what a login keeps of the password: with
    another password the card is over.
    """

    patron = models.OneToOneField(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="device_card"
    )
    digest = models.CharField(max_length=64, unique=True)
    password_mark = models.CharField(max_length=64)
    browser = models.CharField(_("端末の種類"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("表示を始めた日時"), default=timezone.now)
    expires_at = models.DateTimeField(_("有効期限"))

    objects: Any = ExpiringQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("カードを表示する端末")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def place(self) -> str:
        """The kinds of device and browser, in the reader's language; "" where neither is known."""
        return browser_label(self.browser)
