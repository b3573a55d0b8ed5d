"""What My Library refuses."""

from datetime import timedelta


class TooManyChanges(Exception):
    """The e-mail address was changed too often; `wait` says for how long it stays as it is."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait
