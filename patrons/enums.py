"""Closed sets of values in the columns of a patron."""

from django.db import models


class ContactMethod(models.TextChoices):
    """How the library tells a patron that a hold is ready (予約連絡方法)."""

    NONE = "none", "不要"
    EMAIL = "email", "メール"
    PHONE = "phone", "電話"


class RegisteredVia(models.TextChoices):
    """Where a patron's record came from."""

    ONLINE = "online", "電子申請"
    COUNTER = "counter", "窓口"
    IMPORT = "import", "取り込み"


class ResidencyReason(models.TextChoices):
    """Why an address passed or did not pass the residency rule."""

    ELIGIBLE = "eligible", "対象地域"
    NOT_ELIGIBLE = "not_eligible", "対象地域外"
    ABROAD = "abroad", "国外転出"
    UNREADABLE = "unreadable", "読み取れない住所"
