"""Closed sets of values of the accounts."""

from enum import StrEnum


class LoginEnd(StrEnum):
    """How a browser's login ended without its own ログアウト; shown in the login page's address."""

    TIMED_OUT = "timed-out"
    ELSEWHERE = "elsewhere"


# The attribute of a request that says with what its sender has just logged in.
LOGIN_WAY = "login_way"


class LoginWay(StrEnum):
    """What somebody has logged in with; for the record."""

    PASSWORD = "password"  # noqa: S105
    BIRTH_DATE = "birth_date"
    CARD = "card"
    PASSKEY = "passkey"


class Ceremony(StrEnum):
    """What an authenticator is asked to sign for."""

    REGISTRATION = "registration"
    LOGIN = "login"


class PasskeyRefusal(StrEnum):
    """Why an authenticator's answer was refused; for the log, never for a page."""

    UNREADABLE = "unreadable"
    CHALLENGE = "challenge"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    NOT_PROVED = "not_proved"
    SIGN_COUNT = "sign_count"
    NOT_ACTIVE = "not_active"
