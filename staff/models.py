"""What a member of staff keeps for the own use of the admin."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """The filters of one list under a name: for whoever saved them, and gone with that login.

    `page` is the label of the list's model; `query` names and values as an address has them.
    Never what was searched for.
    """

    NAME_LENGTH = 30
    QUERY_LENGTH = 500

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name="職員", db_index=False
    )
    page = models.CharField("一覧", max_length=60)
    name = models.CharField("名前", max_length=NAME_LENGTH)
    query = models.CharField("条件", max_length=QUERY_LENGTH)

    class Meta:
        verbose_name = verbose_name_plural = "保存した絞り込み"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"], name="saved_filter_has_its_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
