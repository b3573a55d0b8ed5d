"""Closed sets of values of this room."""

from django.db import models


class OfferPurpose(models.TextChoices):
    """What a card was read for when no link was found yet."""

    LOGIN = "login", "ログイン"
    RECOVER = "recover", "番号の確認"
