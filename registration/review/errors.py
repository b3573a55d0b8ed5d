"""What can go wrong with a decision."""

from registration.errors import RegistrationError


class CaseClosed(RegistrationError):
    """The case is no longer in review: somebody else decided it, or its time was over."""


class CaseChanged(RegistrationError):
    """The case no longer is what the page in front of the staff showed."""


class VerdictImpossible(RegistrationError):
    """What was decided cannot be brought about for this case."""
