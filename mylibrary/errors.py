"""What My Library refuses."""

from datetime import timedelta

from patrons.models import Patron


class TooOften(Exception):
    """Something was changed or asked for too often; `wait` says how long to wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class PageStale(Exception):
    """What the page showed of a patron is not what is stored any more: `patron`."""

    def __init__(self, patron: Patron) -> None:
        super().__init__()
        self.patron = patron
