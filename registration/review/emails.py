"""The link in the mails about a review, made when they are sent."""

from django.utils import timezone

from notices.enclosures import MailedLink, encloses
from notices.models import Notice
from registration.application.enums import State
from registration.application.models import Application
from registration.review.models import Verdict

ENCLOSURE = "registration.review_link"
MAILED_LINK = MailedLink(salt="registration.review_links", page="registration:review")


@encloses(ENCLOSURE)
def review_link(notice: Notice) -> str | None:
    """Return the link that leads on; None where it would open nothing (any more) for that mailbox.

    The address is erased with a case that is closed, and cannot have become another then.
    """
    found = Application.objects.filter(pk=notice.enclosed_id).select_related("decision")
    application = found.only_one()
    if application is None or application.email not in ("", notice.recipient):
        return None
    return link_address(application) if _leads_on(application) else None


def link_address(application: Application) -> str:
    """Return the mailed link to an application; call after that was stored.

    The link is dead after its use, after its time, and after anything else happened to the case. It
    proves nothing about who holds it: whoever opens it has to read the card.
    """
    return MAILED_LINK.address(application.pk, _link_state(application))


def opens(key: str, application: Application) -> bool:
    """Return whether the key of a link opens the application (still)."""
    is_right = MAILED_LINK.matches(key, application.pk, _link_state(application))
    return is_right and _leads_on(application)


def _link_state(application: Application) -> tuple[object, ...]:
    return (
        application.state,
        application.decision_id,
        application.email,
        application.link_until.isoformat() if application.link_until else "",
        application.link_used_at.isoformat() if application.link_used_at else "",
    )


def _leads_on(application: Application) -> bool:
    if application.decision is None or application.link_until is None:
        return False
    leads_on = (application.state, application.decision.verdict) in (
        (State.APPROVED, Verdict.OTHER_PERSON),
        (State.REFUSED, Verdict.SAME_PERSON),
    )
    return leads_on and application.link_used_at is None and application.link_until > timezone.now()
