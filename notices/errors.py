"""What can go wrong with a message."""


class MailDelayed(Exception):
    """A mail could not be handed over yet; `code` says why in one word or SMTP code.

    It carries no address and no text of the mail server, so that it may be logged.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MailedLinkDead(Exception):
    """A mailed link opens nothing (any more)."""
