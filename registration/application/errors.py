"""What can go wrong with an application."""

from typing import Any

from registration.errors import RegistrationError


class TransitionRefused(RegistrationError):
    """The transition table does not allow the move: a programming error, not the applicant's."""

    def __init__(self, before: str | None, after: str) -> None:
        super().__init__(f"{before} -> {after}")


class ContentChanged(RegistrationError):
    """The application, as it is now, no longer says what the applicant's page showed."""

    def __init__(self, application: Any) -> None:
        super().__init__(str(application.pk))
        self.application = application
