"""Recognising a page that shows something else than what is stored now.

Two tabs of one browser share one draft. What was in front of the applicant travels as a hidden
value; a submission without it (an older page, a tool) is taken as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from registration.application.models import Application

FIELD = "shown"


@dataclass(frozen=True)
class Shown:
    """Which application a page showed, and the digest of what it showed of it."""

    application_id: str
    mark: str

    @classmethod
    def parse(cls, data: Mapping[str, str]) -> "Shown | None":
        """Return what the submitted page showed, None where it does not say."""
        application_id, _, mark = data.get(FIELD, "").partition(".")
        return cls(application_id, mark) if application_id and mark else None

    @classmethod
    def form(cls, application: Application) -> "Shown":
        """Describe the form: whose identity it shows."""
        return cls(str(application.pk), application.identity_mark())

    @classmethod
    def confirmation(cls, application: Application) -> "Shown":
        """Describe the confirmation: everything it shows."""
        return cls(str(application.pk), application.mark())

    def __str__(self) -> str:
        return f"{self.application_id}.{self.mark}"
