"""The journey's steps: whoever asks for one too early is sent to the first that is incomplete."""

from dataclasses import dataclass

from django.urls import reverse

from registration.application.enums import ENTERED_STATES, VERIFIED_STATES
from registration.application.enums import ApplicationState as State
from registration.application.models import Application


@dataclass(frozen=True)
class Step:
    """One step: the state names in which it is complete, and the page where it is done."""

    number: int
    label: str
    url_name: str
    completed_in: tuple[State, ...]

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def is_applicable(self, application: Application | None) -> bool:
        """Return whether the step can still be done; not so in an application that ended."""
        return application is None or application.state not in (State.REFUSED, State.REVIEW)

    def is_completed(self, application: Application | None) -> bool:
        return application is not None and application.state in self.completed_in


IDENTIFY = Step(1, "本人確認", "registration:form", (*VERIFIED_STATES, State.REGISTERED))
ENTER = Step(2, "入力", "registration:form", (*ENTERED_STATES, State.REGISTERED))
CONFIRM = Step(3, "確認", "registration:confirm", (State.REGISTERED,))
FINISH = Step(4, "完了", "registration:result", ())
STEPS = (IDENTIFY, ENTER, CONFIRM, FINISH)


def first_incomplete(application: Application | None) -> Step:
    """Return the step where the application continues; a decided one goes to its result."""
    for step in STEPS:
        if step.is_applicable(application) and not step.is_completed(application):
            return step
    return FINISH
