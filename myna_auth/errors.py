"""Why an identification did not come to its end.

Every error carries a reason code for the log (never a value from the answer), the level it is
logged at, and how the purpose is told to go on.
"""

import logging
from enum import StrEnum


class Interruption(StrEnum):
    """What a purpose is told when an identification ends without an identity."""

    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    EXPIRED = "expired"
    REJECTED = "rejected"


class MynaError(Exception):
    """An identification that ended early."""

    interruption: Interruption
    level = logging.WARNING

    def __init__(self, reason: str, *, level: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.level = level or self.level


class Cancelled(MynaError):
    """The person pressed cancel, on the page or in the app."""

    interruption = Interruption.CANCELLED
    level = logging.INFO


class ProviderUnavailable(MynaError):
    """The identity service did not give a usable answer."""

    interruption = Interruption.UNAVAILABLE
    level = logging.ERROR


class NoAnswer(ProviderUnavailable):
    """The identity service gave no answer at all: silence, or no connection."""


class AnswerRejected(MynaError):
    """The answer did not pass a check, so nothing of it is used."""

    interruption = Interruption.REJECTED


class RequestExpired(MynaError):
    """The answer came after the request's time was over."""

    interruption = Interruption.EXPIRED
    level = logging.INFO


class RequestRepeated(MynaError):
    """The answer came a second time: Back, a reload, a double click."""

    interruption = Interruption.EXPIRED
    level = logging.INFO


class NotThisBrowser(MynaError):
    """The answer belongs to no request that this browser started."""

    interruption = Interruption.REJECTED
