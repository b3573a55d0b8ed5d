"""What this room refuses."""


class NotReauthenticated(Exception):
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
