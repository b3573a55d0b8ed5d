"""What this room refuses."""


class OfferGone(Exception):
    """There is no such offer to link a card: taken, expired, used up or made for something else."""


class WrongPhone(Exception):
    """The phone number is not the one the library has; `tries_left` more may be tried."""

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left
