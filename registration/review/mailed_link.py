"""The link that an applicant gets by mail after a decision: checked against what is true now.

It depends on state, decision, address, end and use: it is dead after its use, after its time, and
after anything else happened to the case. It proves nothing about who holds it: whoever opens it
has to read the card.
"""

from django.utils import timezone

from notices.enclosures import MailedLink
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from registration.review.enums import Verdict

LINK = MailedLink(salt="registration.review_links", page="registration:review")
OPEN_IN = {
    State.APPROVED: (Verdict.OTHER_PERSON,),
    State.REFUSED: (Verdict.SAME_PERSON,),
}


def address(application: Application) -> str:
    """Return the link's whole address; call after the application was stored."""
    return LINK.address(application.pk, _state(application))


def is_open(application: Application) -> bool:
    """Return whether a link to the application leads anywhere (any more)."""
    if application.decision is None or application.link_until is None:
        return False
    if application.decision.verdict not in OPEN_IN.get(State(application.state), ()):
        return False
    return application.link_used_at is None and application.link_until > timezone.now()


def opens(key: str, application: Application) -> bool:
    """Return whether a key still opens its application."""
    is_right = LINK.matches(key, application.pk, _state(application))
    return is_right and is_open(application)


def _state(application: Application) -> tuple[object, ...]:
    return (
        application.state,
        application.decision_id,
        application.email,
        application.link_until.isoformat() if application.link_until else "",
        application.link_used_at.isoformat() if application.link_used_at else "",
    )
