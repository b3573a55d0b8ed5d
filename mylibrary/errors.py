"""What My Library refuses."""

from datetime import timedelta


class TooManyChanges(Exception):
    """The e-mail address was changed too often; `wait` says for how long it stays as it is."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class OfferGone(Exception):
    """There is no such offer to link a card: taken, expired, used up or made for something else."""


class WrongPhone(Exception):
    """The phone number is not the one the library has; `tries_left` more may be tried."""

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


class ErasureClosed(Exception):
    """The request for erasure is not open any more: cancelled, declined or carried out."""
