"""What can go wrong with a patron's data.

No message carries a person's data: codes and identifiers only, so that any of them may be logged.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patrons.duplicates import DuplicateDecision
    from patrons.enums import CardDataRefusal, LinkRefusal
    from patrons.residency import ResidencyDecision


class PatronError(Exception):
    """Base of the errors of this package."""


class NotEligible(PatronError):
    """The residency decision does not allow an online registration."""

    def __init__(self, decision: "ResidencyDecision") -> None:
        super().__init__(decision.reason.value)
        self.decision = decision


class DuplicateSuspected(PatronError):
    """The person may be registered already; `decision` says by which rule and which patrons."""

    def __init__(self, decision: "DuplicateDecision") -> None:
        super().__init__(decision.reason.value)
        self.decision = decision


class NumbersExhausted(PatronError):
    """Every number of `PATRON_NUMBER_RANGE` has been drawn."""


class NumberDrawn(PatronError):
    """The number has been drawn already: the sequence never goes back."""


class PasswordExists(PatronError):
    """The patron has an own password already, so there is no first one to choose."""


class KanaOvertaken(PatronError):
    """The name or its kana is no longer what the change was asked for."""


class CardDataRefused(PatronError):
    """What the card says is not taken over; `reason` says why."""

    def __init__(self, reason: "CardDataRefusal") -> None:
        super().__init__(reason.value)
        self.reason = reason


class LinkRefused(PatronError):
    """The card cannot be linked to the patron; `refusal` says why."""

    def __init__(self, refusal: "LinkRefusal") -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class ExportRunning(PatronError):
    """Another export for the library system is being written."""


class ExportFailed(PatronError):
    """The file could not be written; the text names the folder and why. Nothing is marked."""


class PatronErased(PatronError):
    """The patron's data were erased: nothing is written to the row any more."""
