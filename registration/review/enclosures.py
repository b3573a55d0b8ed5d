"""The link that is mailed to an applicant after a decision, made when the mail is sent."""

from notices.enclosures import encloses
from notices.models import Notice
from registration.application.models import Application
from registration.review import mailed_link as review_links

LINK = "registration.review_link"


@encloses(LINK)
def review_link(notice: Notice) -> str | None:
    """Return the link that leads on; None where it would open nothing (any more) for that mailbox.

    The address is erased with a case that is closed, and cannot have become another then.
    """
    found = Application.objects.filter(pk=notice.enclosed_id).select_related("decision")
    application = found.only_one()
    if application is None or application.email not in ("", notice.recipient):
        return None
    return review_links.address(application) if review_links.is_open(application) else None
