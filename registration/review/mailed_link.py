"""The link that an applicant gets by mail after a decision: checked against what is true now.

It depends on state, decision, address, end and use: it is dead after its use, after its time, and
after anything else happened to the case. It proves nothing about who holds it: whoever opens it
has to read the card.
"""

from django.utils import timezone

from notices.enclosures import MailedLink, encloses
from notices.models import Notice
from registration.application.enums import ApplicationState as State
from registration.application.models import Application
from registration.review.models import Verdict

ENCLOSED = "registration.review_link"
LINK = MailedLink(salt="registration.review_links", page="registration:review")


@encloses(ENCLOSED)
def review_link(notice: Notice) -> str | None:
    """Return the link that leads on; None where it would open nothing (any more) for that mailbox.

    The address is erased with a case that is closed, and cannot have become another then.
    """
    found = Application.objects.filter(pk=notice.enclosed_id).select_related("decision")
    application = found.only_one()
    if application is None or application.email not in ("", notice.recipient):
        return None
    return address(application) if _is_open(application) else None


def address(application: Application) -> str:
    """Return the link's whole address; call after the application was stored."""
    return LINK.address(application.pk, _state(application))


def opens(key: str, application: Application) -> bool:
    """Return whether a key still opens its application."""
    is_right = LINK.matches(key, application.pk, _state(application))
    return is_right and _is_open(application)


def _is_open(application: Application) -> bool:
    if application.decision is None or application.link_until is None:
        return False
    leads_on = (application.state, application.decision.verdict) in (
        (State.APPROVED, Verdict.OTHER_PERSON),
        (State.REFUSED, Verdict.SAME_PERSON),
    )
    return leads_on and application.link_used_at is None and application.link_until > timezone.now()


def _state(application: Application) -> tuple[object, ...]:
    return (
        application.state,
        application.decision_id,
        application.email,
        application.link_until.isoformat() if application.link_until else "",
        application.link_used_at.isoformat() if application.link_used_at else "",
    )
