"""What My Library refuses."""

from datetime import timedelta

from patrons.models import Patron


class TooOften(Exception):
    """Something was changed or asked for too often; `wait` says how long to wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class KanaChangeWaits(Exception):
    """An earlier wish for another kana still waits for the staff."""


class KanaChangeClosed(Exception):
    """The wish for another kana was decided or cancelled by somebody else meanwhile."""


class PageStale(Exception):
    """What the page showed of a patron is not what is stored any more: `patron`."""

    def __init__(self, patron: Patron) -> None:
        super().__init__()
        self.patron = patron


class LinkDead(Exception):
    """A mailed link opens nothing (any more)."""


class LinkOfAnother(Exception):
    """A mailed link is good, but not for the patron who is logged in."""


class OfferGone(Exception):
    """There is no such offer to link a card: taken, expired, used up or made for something else."""


class WrongPhone(Exception):
    """The phone number is not the one the library has; `tries_left` more may be tried."""

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


class NotProved(Exception):
    """Who it is was not proved; `message` says what to do, without a full stop.

    `wait_seconds` is not 0 where it was tried too often.
    """

    def __init__(self, message: str, wait_seconds: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.wait_seconds = wait_seconds

    @property
    def status(self) -> int:
        """The status of a page that says so."""
        return 429 if self.wait_seconds else 422


class ScriptRefused(Exception):
    """A script's request is answered with `message`, the sentence that it shows."""

    def __init__(self, message: str, *, status: int, wait_seconds: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.wait_seconds = wait_seconds


class ErasureClosed(Exception):
    """The request for erasure is not open any more: cancelled, declined or carried out."""
