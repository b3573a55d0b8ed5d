"""What can go wrong with an application."""


class RegistrationError(Exception):
    """Base of this package's errors."""


class MoveRefused(RegistrationError):
    """The transition table does not allow the move: a programming error, not the applicant's."""

    def __init__(self, before: str | None, after: str) -> None:
        super().__init__(f"{before} -> {after}")


class ContentChanged(RegistrationError):
    """The application no longer says what the page in front of the applicant showed."""


class CaseClosed(RegistrationError):
    """The case is no longer in review: somebody else decided it, or its time was over."""


class CaseChanged(RegistrationError):
    """The case no longer is what the page in front of the staff showed."""


class VerdictImpossible(RegistrationError):
    """What was decided cannot be brought about for this case."""


class LinkDead(RegistrationError):
    """A mailed link opens nothing (any more)."""
