"""The link that confirms an address, made when the mail is sent."""

from mylibrary.profile import mailed_link as links
from mylibrary.profile.models import EmailConfirmation
from notices.enclosures import encloses
from notices.models import Notice

CONFIRMATION = "mylibrary.email_confirmation"


@encloses(CONFIRMATION)
def confirmation_link(notice: Notice) -> str | None:
    """Return the link that confirms an address, for that address alone: another may wait since."""
    confirmation = EmailConfirmation.objects.mailed(notice.enclosed_id)
    if confirmation is None or confirmation.email != notice.recipient:
        return None
    return links.confirmation_address(confirmation, confirmation.patron)
