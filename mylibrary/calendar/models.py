"""The secret address of a patron's calendar."""

from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patrons.models import Patron


class CalendarFeed(models.Model):
    """A calendar that a patron has made; its address has the name's signature, which is not kept.

    Another name is another address: the one before leads nowhere.
    """

    patron = models.OneToOneField(
        Patron, verbose_name=_("利用者"), on_delete=models.CASCADE, related_name="calendar_feed"
    )
    name = models.UUIDField(default=uuid4, unique=True, editable=False)
    has_titles = models.BooleanField(_("書名を入れる"), default=False)
    made_at = models.DateTimeField(_("作った日時"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("カレンダーのアドレス")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
