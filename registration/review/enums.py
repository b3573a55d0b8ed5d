"""What staff can decide."""

from django.db import models


class Verdict(models.TextChoices):
    """What staff decide on an application in review."""

    SAME_PERSON = "same_person", "同一人物"
    OTHER_PERSON = "other_person", "別人（登録してよい）"
    DEFERRED = "deferred", "保留"
    COUNTER = "counter", "窓口へ案内"
