"""Codes of the messages to patrons."""

from django.db import models


class NoticeKind(models.TextChoices):
    """What a message is about."""

    REGISTRATION_RECEIVED = "registration_received", "登録申請受付"
