"""Telling somebody who has tried too often how long to wait."""

from datetime import timedelta
from math import ceil

from django.http import HttpResponse

LOGINS_REFUSED = "ログインの失敗が続いたため、受け付けを止めています"


def in_words(wait: timedelta) -> str:
    """Return a wait in words, rounded up: 「40秒」「3分」."""
    seconds = ceil(wait.total_seconds())
    return f"{seconds}秒" if seconds < 60 else f"{ceil(seconds / 60)}分"


def too_often(what: str, wait: timedelta) -> str:
    """Return the sentence about what went on too often, without its last full stop."""
    return f"{what}。{in_words(wait)}ほど待ってから、もう一度お試しください"


def with_wait(response: HttpResponse, wait: timedelta) -> HttpResponse:
    """Tell programs the wait, too."""
    response["Retry-After"] = ceil(wait.total_seconds())
    return response
