"""Closed sets of values of this room."""

from django.db import models


class KanaState(models.TextChoices):
    """Where a patron's request for another kana stands."""

    REQUESTED = "requested", "確認待ち"
    APPROVED = "approved", "承認"
    DECLINED = "declined", "見送り"
    CANCELLED = "cancelled", "取り消し"
