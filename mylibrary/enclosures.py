"""The links of My Library's mails, made when the mails are sent."""

from mylibrary import links
from mylibrary.models import EmailConfirmation, ResetRequest
from notices.enclosures import encloses
from notices.models import Notice
from patrons.models import Patron

CONFIRMATION = "mylibrary.email_confirmation"
RESET = "mylibrary.password_reset"


@encloses(CONFIRMATION)
def confirmation_link(notice: Notice) -> str | None:
    """Return the link that confirms an address, for that address alone: another may wait since."""
    confirmation = EmailConfirmation.objects.mailed(notice.enclosed_id)
    if confirmation is None or confirmation.email != notice.recipient:
        return None
    return links.confirmation_address(confirmation, confirmation.patron)


@encloses(RESET)
def reset_link(notice: Notice) -> str | None:
    """Return the link to a new password, while it is in time and the address is confirmed."""
    asked = ResetRequest.objects.usable(notice.enclosed_id).first()
    patron = Patron.objects.with_login(asked.patron_id) if asked else None
    if patron is None or not patron.is_email_confirmed or patron.email != notice.recipient:
        return None
    return links.reset_address(asked, patron)
