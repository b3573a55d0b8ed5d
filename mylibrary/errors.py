"""What My Library refuses."""

from datetime import timedelta

from patrons.models import Patron


class TooManyMails(Exception):
    """Mails were asked for too often; `wait` says for how long no more are sent."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class ContactChanged(Exception):
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
