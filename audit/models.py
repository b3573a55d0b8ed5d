"""The record of who did what to whom, from where."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from audit.enums import ActorKind

LONGEST_CODE = 60


class Record(models.Model):
    """One thing that was done: identifiers, codes and names of fields, never what was in them.

    Written by `audit.services.record` alone. The database refuses to change a row, and to delete
    one before its time (`oita_library/migrations/0001_triggers.py`). Whoever is named may be gone:
    the row points to nothing. `event` is an `Event`, or was one; `network` is a keyed hash
    (`audit.services.network_code`); `count` says of how many, where it was done to several.
    """

    at = models.DateTimeField("日時", db_default=Now())
    event = models.CharField("できごと", max_length=LONGEST_CODE)
    actor_kind = models.CharField("だれが", max_length=10, choices=ActorKind)
    actor_id = models.BigIntegerField("ログインした人", null=True)
    patron_id = models.BigIntegerField("利用者", null=True)
    object_type = models.CharField("対象の種類", max_length=LONGEST_CODE)
    object_id = models.CharField("対象", max_length=LONGEST_CODE)
    fields = ArrayField(models.CharField(max_length=LONGEST_CODE), verbose_name="項目")
    reason = models.CharField("理由", max_length=LONGEST_CODE)
    count = models.IntegerField("件数", null=True)
    network = models.CharField("接続元", max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "操作の記録"
        default_permissions = ("view",)
        indexes = [
            # What lists narrow a period by is read from the index alone.
            models.Index(fields=["at", "event", "actor_kind"], name="audit_at_event"),
            models.Index(fields=["event", "at"], name="audit_event"),
            models.Index(
                fields=["patron_id", "at"],
                condition=models.Q(patron_id__isnull=False),
                name="audit_patron",
            ),
            models.Index(
                fields=["actor_id", "at"],
                condition=models.Q(actor_id__isnull=False),
                name="audit_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class NotableOpening(Record):
    """That a member of staff opened a record which 管理 is told of; its reason says why."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "確認が必要な閲覧"
        default_permissions = ()
