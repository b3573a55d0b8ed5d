"""Closed sets of values of this room."""

from django.db import models


class ErasureState(models.TextChoices):
    """Where a request for erasure stands."""

    OPEN = "open", "受付中"
    CANCELLED = "cancelled", "本人が取り消し"
    DECLINED = "declined", "お断り"
    CONFIRMED = "confirmed", "消去済み"
    LAPSED = "lapsed", "退会後の期限で消去済み"


class DeclineReason(models.TextChoices):
    """Why staff do not erase; the patron is told these words."""

    ITEMS_OUT = "items_out", "返却されていない資料があります"
    COUNTER = "counter", "窓口で確認したいことがあります"
