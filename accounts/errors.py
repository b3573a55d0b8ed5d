"""What is refused to somebody with a passkey."""

from accounts.enums import PasskeyRefusal


class PasskeyRefused(Exception):
    """An authenticator's answer does not prove what it should."""

    def __init__(self, reason: PasskeyRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


class TooManyPasskeys(Exception):
    """The user has as many passkeys as a user may have."""
