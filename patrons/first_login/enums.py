"""Closed sets of values around the codes of a first login."""

from enum import StrEnum

from django.db import models


class CodeKind(models.TextChoices):
    """How a code reaches its patron."""

    MAIL = "mail", "E-mail"
    SCREEN = "screen", "登録の結果の画面"
    COUNTER = "counter", "初回ログイン用紙"


# How often one may be tried. Ten digits are not found in a hundred tries, and a hundred keep
# a stranger from burning the slip that somebody carries home.
TRIES = {CodeKind.MAIL: 5, CodeKind.SCREEN: 5, CodeKind.COUNTER: 100}


class Tried(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"
    """There is no such code (any more): used, expired, replaced, or tried too often."""
    CLOSED = "closed"
    """The birth date does not log this patron in any more, whatever is typed."""
