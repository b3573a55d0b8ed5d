"""What My Library's mails hold that opens something, made when the mails are sent."""

from mylibrary import links
from mylibrary.models import EmailConfirmation, ResetRequest
from notices.enclosures import encloses
from notices.models import Notice
from patrons.first_login.services import start_mailed
from patrons.models import Patron

CONFIRMATION = "mylibrary.email_confirmation"
RESET = "mylibrary.password_reset"
FIRST_LOGIN_DIGITS = "mylibrary.first_login_digits"


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


@encloses(FIRST_LOGIN_DIGITS)
def first_login_digits(notice: Notice) -> str | None:
    """Return the digits that confirm a first login, whose ten minutes begin now."""
    code = start_mailed(code_id=notice.enclosed_id, address=notice.recipient)
    return f"{code.digits[:3]} {code.digits[3:]}" if code else None
