"""What can go wrong with an application."""

from registration.errors import RegistrationError


class MoveRefused(RegistrationError):
    """The transition table does not allow the move: a programming error, not the applicant's."""

    def __init__(self, before: str | None, after: str) -> None:
        super().__init__(f"{before} -> {after}")


class ContentChanged(RegistrationError):
    """The application no longer says what the page in front of the applicant showed."""
