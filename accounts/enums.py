"""Codes of logins."""

from enum import StrEnum


class LoginEnd(StrEnum):
    """How a browser's login ended without its own ログアウト; shown in the login page's address."""

    TIMED_OUT = "timed-out"
    ELSEWHERE = "elsewhere"
