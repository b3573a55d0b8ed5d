"""The link to a new password, made when the mail is sent."""

from mylibrary.reset import mailed_link as links
from mylibrary.reset.models import ResetRequest
from notices.enclosures import encloses
from notices.models import Notice
from patrons.models import Patron

RESET = "mylibrary.password_reset"


@encloses(RESET)
def reset_link(notice: Notice) -> str | None:
    """Return the link to a new password, while it is in time and the address is confirmed."""
    asked = ResetRequest.objects.usable(notice.enclosed_id).first()
    patron = Patron.objects.with_login(asked.patron_id) if asked else None
    if asked is None or patron is None:
        return None
    if not patron.is_email_confirmed or patron.email != notice.recipient:
        return None
    return links.reset_address(asked, patron)
